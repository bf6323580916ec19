/** Where the parts of one cluster lie. The archive and the TLS files stay outside the data folder that backups copy. */
import path from 'node:path';

/** The folders and files of one cluster. */
export interface ClusterPaths {
  readonly dir: string;
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly tlsDir: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly logFile: string;
}

/** The folders and files of the cluster in `dir`. */
export function clusterPaths(dir: string): ClusterPaths {
  const tlsDir = path.join(dir, 'tls');
  return {
    dir,
    dataDir: path.join(dir, 'data'),
    archiveDir: path.join(dir, 'archive'),
    tlsDir,
    certFile: path.join(tlsDir, 'server.pem'),
    keyFile: path.join(tlsDir, 'server.key'),
    logFile: path.join(dir, 'postgres.log'),
  };
}
