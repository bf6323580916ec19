/**
 * The signed form of a report, or of a checkpoint of the audit log: a compact JWS (RFC 7515) whose payload is canonical
 * JSON. It is put together here, for the key vault signs bytes and knows nothing of JWS. Taken apart strictly: what could be written in two ways
 * is accepted in one, so that no character can be changed unnoticed.
 */
import { verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

export const reportType = 'lifeboat-drill-report+jws';
export const checkpointType = 'lifeboat-audit-checkpoint+jws';

/** The protected header: nothing in it may be left out and nothing may be added. */
export interface JwsHeader<T extends string> {
  readonly alg: 'ES384';
  /** When it was signed, in seconds since 1970. */
  readonly iat: number;
  /** The thumbprint of the key. */
  readonly kid: string;
  readonly typ: T;
}
export type ReportHeader = JwsHeader<typeof reportType>;

/** A compact JWS, taken apart; nothing of it is verified yet. */
export interface CompactJws {
  readonly header: unknown;
  readonly headerText: string;
  readonly payload: string;
  readonly signature: Buffer;
}

const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** What is signed: header and payload, encoded. */
export function signingInput(header: JwsHeader<string>, payload: string): string {
  return `${encoded(canonicalJson(header))}.${encoded(payload)}`;
}

/** The whole JWS. */
export const compactJws = (input: string, signature: Uint8Array): string =>
  `${input}.${Buffer.from(signature).toString('base64url')}`;

/** Takes a compact JWS apart; a text if it is none, saying why. */
export function parseCompactJws(text: string): CompactJws | string {
  const parts = text.split('.');
  if (parts.length !== 3) return `it has ${parts.length} part(s) where a compact JWS has three`;
  const decoded = parts.map((part) => Buffer.from(part, 'base64url'));
  if (parts.some((part, index) => part === '' || decoded[index]?.toString('base64url') !== part))
    return 'a part of it is no base64url';
  const [header, payload, signature] = decoded as [Buffer, Buffer, Buffer];
  const [headerText, payloadText] = [textOf(header), textOf(payload)];
  if (headerText === undefined || payloadText === undefined) return 'a part of it is no UTF-8';
  try {
    return { header: JSON.parse(headerText), headerText, payload: payloadText, signature };
  } catch {
    return 'its header is no JSON';
  }
}

/** Whether a compact JWS is a signature (ES384) of its content by this key, whatever its header says. */
export function isSignedBy(text: string, key: KeyObject): boolean {
  const end = text.lastIndexOf('.');
  const signature = Buffer.from(text.slice(end + 1), 'base64url');
  return verify('sha384', Buffer.from(text.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}
