/**
 * An HTTP server written out by hand, so that a test decides every byte that it sends and when: it may be slow, cut off,
 * lie about lengths or speak out of turn. On a free port; with a certificate it speaks TLS.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';

/** A request as it came. */
export interface SeenRequest {
  /** Path and query. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Which connection it came by, and the how-manieth request of all it is; from 0. */
  readonly connection: number;
  readonly nth: number;
}

/** Answers a request, in whatever way. */
export type Reply = (socket: Socket, request: SeenRequest) => void | Promise<void>;

export class ScanServer {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;

  private constructor(reply: Reply, certificate: { key: string; cert: string } | undefined) {
    const serve = (socket: Socket): void => this.#serve(socket, reply);
    this.#server = certificate === undefined ? createServer(serve) : createSecureServer(certificate, serve);
    this.#scheme = certificate === undefined ? 'http' : 'https';
  }

  static async start(reply: Reply, certificate?: { key: string; cert: string }): Promise<ScanServer> {
    const server = new ScanServer(reply, certificate);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  /** The account's URL. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection; new ones are taken as before. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  #serve(socket: Socket, reply: Reply): void {
    const connection = this.connections;
    this.connections += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // The client may go away in the middle of an answer: that is often what is tested.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    let text = '';
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = readRequest(text.slice(0, end), connection, this.requests.length);
        text = text.slice(end + 4);
        this.requests.push(request);
        void reply(socket, request);
      }
    });
  }
}

function readRequest(text: string, connection: number, nth: number): SeenRequest {
  const [first = '', ...lines] = text.split('\r\n');
  const [method, target = '', version] = first.split(' ');
  if (method !== 'GET' || version !== 'HTTP/1.1') throw new Error(`not a request: ${first}`);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { target, headers: new Map(headers), connection, nth };
}

/** An answer's bytes: status, headers and body, with the body's length unless headers say otherwise. */
export function answer(
  status: number,
  body: Buffer | string = '',
  headers: Readonly<Record<string, string | number>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const all = { 'Content-Length': bytes.length, 'x-ms-version': '2021-12-02', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Said So\r\n${lines.join('')}\r\n`), bytes]);
}

/** A body in chunks of so many bytes, with all that the protocol allows around them. */
export function chunkedAnswer(body: Buffer | string, chunkBytes: number): Buffer {
  const bytes = Buffer.from(body);
  const parts = [Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')];
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    const chunk = bytes.subarray(from, from + chunkBytes);
    parts.push(Buffer.from(`${chunk.length.toString(16)};note="a"\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nX-Trailer: there\r\n\r\n')]);
}

/** Writes bytes in pieces, each one on its way before the next is written. */
export async function writeInPieces(socket: Socket, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (let from = 0; from < bytes.length && socket.writable; from += pieceBytes) {
    await new Promise<void>((resolve) =>
      socket.write(bytes.subarray(from, from + pieceBytes), () => resolve()),
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
