/**
 * ECDSA over P-384 of a digest that somebody else computed, which is what a key vault is asked for: Node signs only what
 * it hashes itself. `k·G` comes from Node; what is left is arithmetic modulo the order of the curve (FIPS 186-5, 6.4.1).
 */
import { createECDH, createPrivateKey } from 'node:crypto';

/** The order of the curve's base point. */
const order =
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
const bytes = 48;

/** The signature R‖S by a private key (PEM) over a digest of SHA-384. */
export function signDigest(privateKey: string, digest: Buffer): Buffer {
  const { d = '' } = createPrivateKey(privateKey).export({ format: 'jwk' });
  const [secret, message] = [numberIn(Buffer.from(d, 'base64url')), numberIn(digest)];
  for (;;) {
    const nonce = createECDH('secp384r1');
    const point = nonce.generateKeys(); // 04, x, y
    const r = numberIn(point.subarray(1, 1 + bytes)) % order;
    const s = (inverse(numberIn(nonce.getPrivateKey())) * (message + r * secret)) % order;
    if (r !== 0n && s !== 0n) return Buffer.concat([bytesOf(r), bytesOf(s)]);
  }
}

const numberIn = (buffer: Buffer): bigint => BigInt(`0x${buffer.toString('hex') || '0'}`);
const bytesOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(bytes * 2, '0'), 'hex');

/** The inverse modulo the order, by Euclid. */
function inverse(number: bigint): bigint {
  let [a, b, x, y] = [number, order, 1n, 0n];
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % order) + order) % order;
}
