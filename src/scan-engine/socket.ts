/**
 * Opens the sockets of an account, with or without TLS. All of a thread's sockets read into the same buffer: it is handed
 * over synchronously and nobody keeps a view of it, so no memory is allocated for what is read.
 */
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Endpoint } from './endpoint.ts';
import type { EngineSettings } from './settings.ts';

const plainBufferBytes = 1_048_576;
/** TLS hands out records of at most 16 KiB; a larger buffer would only cool the caches. */
const secureBufferBytes = 262_144;
let sharedBuffer: Buffer | undefined;

function readBuffer(secure: boolean, pieceBytes: number | undefined): Buffer {
  sharedBuffer ??= Buffer.allocUnsafeSlow(plainBufferBytes);
  const bytes = secure ? secureBufferBytes : plainBufferBytes;
  return sharedBuffer.subarray(0, Math.min(bytes, pieceBytes ?? bytes));
}

/** What the connections of one pool have in common. */
export interface ConnectionTraits {
  readonly endpoint: Endpoint;
  readonly settings: EngineSettings;
  /** Reads are no larger than this; undefined: as large as the buffer. */
  readonly pieceBytes: number | undefined;
  /** The TLS session to resume, and what all connections need for TLS; kept here for the next connection. */
  session?: Buffer;
  secureContext?: SecureContext;
}

/**
 * Connects; `onRead` is called with the number of bytes that came and the buffer that they are in, valid during the call
 * alone, and pauses the socket by `false`.
 */
export function openSocket(
  traits: ConnectionTraits,
  onRead: (length: number, buffer: Buffer) => boolean,
): Socket {
  const { host, port, secure } = traits.endpoint;
  const onread: OnReadOpts = {
    buffer: readBuffer(secure, traits.pieceBytes),
    callback: (length, buffer) => onRead(length, buffer as Buffer),
  };
  const common = { host, port, noDelay: true, keepAlive: true, onread };
  if (!secure) return connectPlain(common);
  // Loaded when first needed: it is a good part of what starting a thread costs.
  const tls = process.getBuiltinModule('node:tls');
  const socket = tls.connect({
    ...common,
    secureContext: (traits.secureContext ??= tls.createSecureContext({ minVersion: 'TLSv1.2' })),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(traits.session === undefined ? {} : { session: traits.session }),
    ALPNProtocols: ['http/1.1'],
  });
  socket.on('session', (session) => (traits.session = session));
  return socket;
}
