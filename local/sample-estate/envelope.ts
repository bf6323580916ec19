/**
 * The sealed envelope of Cloud Storage: AES-256-GCM under a key agreed by ephemeral P-384 ECDH and HKDF-SHA-384.
 *
 *   offset  length  field
 *        0       4  magic "DSEV"
 *        4       1  version, 1
 *        5      97  ephemeral public key, uncompressed P-384 point
 *      102      12  nonce
 *      114       n  ciphertext
 *    114+n      16  GCM tag
 *
 * Key: HKDF-SHA-384(shared x coordinate, salt = ephemeral public key ‖ recipient public key, info). The first 114
 * bytes are authenticated as associated data. Invariant: nothing but the recipient's private key opens an envelope.
 */
import { createCipheriv, createDecipheriv, createECDH, hkdfSync, type ECDH } from 'node:crypto';

/** How many bytes an envelope is longer than its plaintext. */
export const envelopeOverheadBytes = 130;

const magic = Buffer.from('DSEV', 'latin1');
const version = 1;
const curve = 'secp384r1';
const pointBytes = 97;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = magic.length + 1 + pointBytes + nonceBytes;
const info = Buffer.from('dental sealed envelope v1 aes-256-gcm', 'latin1');

/** Where random bytes come from: `randomBytes` for real use, a seeded generator for reproducible samples. */
export type ByteSource = (length: number) => Buffer;

/** A recipient's key pair: raw private scalar (48 bytes) and uncompressed public point (97 bytes). */
export interface RecipientKeys {
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}

/** Makes a recipient's key pair from 48 bytes of the source. */
export function createRecipientKeys(source: ByteSource): RecipientKeys {
  const pair = createKeyPair(source);
  return { privateKey: pair.getPrivateKey(), publicKey: pair.getPublicKey() };
}

/** Encrypts for the holder of the private key that belongs to `recipient`. */
export function sealEnvelope(plaintext: Uint8Array, recipient: Buffer, source: ByteSource): Buffer {
  const ephemeral = createKeyPair(source);
  const point = ephemeral.getPublicKey();
  const header = Buffer.concat([magic, Buffer.from([version]), point, source(nonceBytes)], headerBytes);
  const key = deriveKey(ephemeral.computeSecret(recipient), point, recipient);
  const cipher = createCipheriv('aes-256-gcm', key, header.subarray(headerBytes - nonceBytes));
  cipher.setAAD(header);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, ciphertext, cipher.getAuthTag()]);
}

/** Decrypts an envelope; throws when it is malformed, altered or meant for somebody else. */
export function openEnvelope(envelope: Buffer, recipient: RecipientKeys): Buffer {
  const isEnvelope = envelope.length > envelopeOverheadBytes && envelope.subarray(0, 4).equals(magic);
  if (!isEnvelope || envelope[4] !== version) throw new Error('not a sealed envelope of version 1');
  try {
    return decrypt(envelope, recipient);
  } catch (cause) {
    throw new Error('the envelope does not open: it was altered or sealed for somebody else', { cause });
  }
}

function decrypt(envelope: Buffer, recipient: RecipientKeys): Buffer {
  const header = envelope.subarray(0, headerBytes);
  const point = header.subarray(5, 5 + pointBytes);
  const pair = createECDH(curve);
  pair.setPrivateKey(recipient.privateKey);
  const key = deriveKey(pair.computeSecret(point), point, recipient.publicKey);
  const decipher = createDecipheriv('aes-256-gcm', key, header.subarray(headerBytes - nonceBytes));
  decipher.setAAD(header);
  decipher.setAuthTag(envelope.subarray(envelope.length - tagBytes));
  const ciphertext = envelope.subarray(headerBytes, envelope.length - tagBytes);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function createKeyPair(source: ByteSource): ECDH {
  const pair = createECDH(curve);
  const scalar = Buffer.from(source(48));
  // The group order begins with 24 bytes of ff: a cleared top bit keeps every draw below it.
  scalar[0] = (scalar[0] as number) & 0x7f;
  pair.setPrivateKey(scalar);
  return pair;
}

function deriveKey(secret: Buffer, ephemeral: Buffer, recipient: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha384', secret, Buffer.concat([ephemeral, recipient]), info, 32));
}
