/** nginx as a storage account's front: blobs from files with the headers that the service sends, listings passed on. */

export interface NginxFacts {
  readonly home: string;
  readonly port: number;
  /** Where listings come from. */
  readonly listPort: number;
  readonly blobFolder: string;
  /** The path below which the blobs are. */
  readonly blobPath: string;
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
}

/** The text of the configuration; one process in the foreground, everything that it writes below its home. */
export function nginxConfiguration(facts: NginxFacts): string {
  const { home, port, listPort, blobFolder, blobPath, certificate } = facts;
  const tls =
    certificate === undefined
      ? ''
      : `ssl_certificate ${certificate.certificate}; ssl_certificate_key ${certificate.key};
    ssl_protocols TLSv1.3; ssl_session_cache shared:bench:10m; ssl_buffer_size 16k;`;
  return `daemon off; worker_processes 2; pid ${home}/nginx.pid; ${asRoot()}
events { worker_connections 4096; }
http {
  access_log off; server_tokens off; default_type application/octet-stream;
  sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 600s; keepalive_requests 100000000;
  open_file_cache max=300 inactive=10h; open_file_cache_valid 10h; open_file_cache_min_uses 1;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  upstream listing { server 127.0.0.1:${listPort}; keepalive 64; }
  server {
    listen 127.0.0.1:${port}${certificate === undefined ? '' : ' ssl'} backlog=4096;
    ${tls}
    location = ${blobPath} {
      proxy_pass http://listing; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffers 64 64k; proxy_max_temp_file_size 0;
    }
    location ${blobPath}/ {
      alias ${blobFolder}/;
      add_header x-ms-request-id 0d2b1c7e-b01e-0034-5b3a-7e0c2f000000;
      add_header x-ms-version 2021-12-02;
      add_header x-ms-creation-time "Mon, 01 Jun 2026 10:00:00 GMT";
      add_header x-ms-lease-status unlocked;
      add_header x-ms-lease-state available;
      add_header x-ms-blob-type BlockBlob;
      add_header x-ms-server-encrypted true;
      add_header Content-MD5 "sQqNsWTgdUEFt6mb5y4/5Q==";
    }
  }
}
`;
}

/** Started by root, nginx gives its workers another user, who may not read the blobs. */
const asRoot = (): string => (process.getuid?.() === 0 ? 'user root;' : '');
