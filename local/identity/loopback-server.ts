/** Starts and ends an HTTP or HTTPS server on the loopback address. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens. */
export interface LoopbackServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Makes the server listen on 127.0.0.1 (port 0: any free one). */
export async function listenOnLoopback(server: Server, port: number): Promise<LoopbackServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * A request listener from an asynchronous handler that answers every error itself. What was not read of a request that
 * is answered is read and dropped: a connection that holds it takes no other request.
 */
export function handleWith(
  handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): RequestListener {
  return (request, response) => {
    response.once('finish', () => request.resume());
    // The one thing left to fail is a caller that went away in the middle of its request.
    handler(request, response).catch(() => response.destroy());
  };
}
