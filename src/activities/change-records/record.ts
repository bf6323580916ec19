/**
 * Reads one change record: a compact JWS, signed ES384 by a device whose chain stands in its header. What the record
 * says is returned even where its signature is wrong, because an address that it brings in is expected all the same.
 * Invariant: the algorithm is fixed here and never taken from the header; a chain is judged once, by its header's text.
 */
import { hash as digest, type webcrypto } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import { changeHeader, changePayload } from '../../contracts/change-records.ts';
import {
  emptyLog,
  judgeRecord,
  type ChangePayload,
  type ChangeProblem,
  type ReadRecord,
} from '../../policy/change-records.ts';
import { addressFromHex, hexOf, type HashAlgorithm } from '../../policy/content-address.ts';
import type { ChainFacts } from '../../policy/change-signing.ts';
import type { Trust } from './trust.ts';

/** The `typ` of every change record's header. */
export const changeRecordType = 'change-record+jws';
/** Longer texts are no change records. */
export const longestRecord = 65_536;

type JudgedHeader =
  | { readonly key: webcrypto.CryptoKey; readonly facts: ChainFacts }
  | { readonly problem: ChangeProblem };

/** Headers remembered: a device has one, so that a log of many devices still fits. */
const rememberedHeaders = 2_048;
const form = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;

/** Reads the records of one store. */
export class ChangeRecordReader {
  readonly #trust: Trust;
  readonly #algorithm: HashAlgorithm;
  readonly #prefix: RegExp;
  readonly #headers = new Map<string, Promise<JudgedHeader>>();

  constructor(trust: Trust, algorithm: HashAlgorithm) {
    this.#trust = trust;
    this.#algorithm = algorithm;
    this.#prefix = new RegExp(`^${algorithm}[:-]`, 'i');
  }

  /** Reads a record. `isBound`: its text is bound by a hash of an earlier verification, its signature was proven then. */
  async read(jws: string | null, isBound = false): Promise<ReadRecord> {
    const hash = digest('sha256', jws ?? '', 'hex');
    const parts = jws === null || jws.length > longestRecord ? undefined : (form.exec(jws) ?? undefined);
    if (jws === null || parts === undefined)
      return { hash, payload: undefined, chain: undefined, problem: formProblem(jws) };
    const [, header = '', encoded = '', signature = ''] = parts;
    const said = this.#payloadOf(encoded);
    const payload = 'payload' in said ? said.payload : undefined;
    const judged = await this.#headerOf(header);
    if ('problem' in judged) return { hash, payload, chain: undefined, problem: judged.problem };
    const signed = isBound ? undefined : await signatureProblem(jws, signature, judged.key);
    const problem = signed ?? ('problem' in said ? said.problem : undefined);
    return { hash, payload, chain: judged.facts, problem };
  }

  #headerOf(encoded: string): Promise<JudgedHeader> {
    const known = this.#headers.get(encoded);
    if (known !== undefined) return known;
    const [oldest] = this.#headers.keys();
    if (this.#headers.size >= rememberedHeaders && oldest !== undefined) this.#headers.delete(oldest);
    const judged = this.#judgeHeader(encoded);
    this.#headers.set(encoded, judged);
    return judged;
  }

  async #judgeHeader(encoded: string): Promise<JudgedHeader> {
    const parsed = changeHeader.safeParse(jsonIn(encoded));
    if (!parsed.success)
      return { problem: malformed(`its header ${parsed.error.issues[0]?.message ?? 'cannot be read'}`) };
    const { alg, typ, x5c } = parsed.data;
    if (alg.toLowerCase() === 'none') return { problem: { kind: 'unsigned', what: 'it is not signed' } };
    if (alg !== 'ES384')
      return {
        problem: { kind: 'bad-signature', what: `it is signed with ${alg.slice(0, 20)}; only ES384 counts` },
      };
    if (typ !== changeRecordType) return { problem: malformed(`its type is not ${changeRecordType}`) };
    if (x5c === undefined)
      return { problem: { kind: 'untrusted-chain', what: 'its header holds no chain of certificates' } };
    const chain = await this.#trust.judgeChain(x5c);
    if ('untrusted' in chain) return { problem: { kind: 'untrusted-chain', what: chain.untrusted } };
    return chain;
  }

  #payloadOf(encoded: string): { readonly payload: ChangePayload } | { readonly problem: ChangeProblem } {
    const parsed = changePayload.safeParse(jsonIn(encoded));
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where =
        issue === undefined || issue.path.length === 0 ? 'its payload' : `its ${issue.path.join('.')}`;
      return { problem: malformed(`${where}: ${issue?.message ?? 'cannot be read'}`) };
    }
    const payload = parsed.data;
    if (payload.address === null) return { payload };
    const address = addressFromHex(this.#algorithm, payload.address.replace(this.#prefix, ''));
    if (address === undefined) return { problem: malformed(`its address is no ${this.#algorithm} digest`) };
    return { payload: { ...payload, address: hexOf(address) } };
  }
}

/** What verifying a single record found: `proven`, or everything that is wrong with it. */
export type ChangeRecordVerdict =
  | {
      readonly verdict: 'proven';
      readonly payload: ChangePayload;
      readonly hash: string;
      readonly isRevokedLater: boolean;
    }
  | {
      readonly verdict: 'not-proven';
      readonly payload: ChangePayload | undefined;
      readonly hash: string;
      readonly problems: readonly ChangeProblem[];
    };

/** Verifies one record by itself, without its place in a log; `now` in epoch milliseconds. */
export async function verifyChangeRecord(
  jws: string,
  context: { readonly reader: ChangeRecordReader; readonly now: number },
): Promise<ChangeRecordVerdict> {
  const read = await context.reader.read(jws);
  const sequence = read.payload?.sequence ?? 1;
  const previous = { sequence: sequence - 1, hash: read.payload?.previous ?? undefined };
  const { problems, isRevokedLater } = judgeRecord(
    { ...emptyLog, position: previous },
    { sequence, columns: {} },
    read,
    context.now,
  );
  if (problems.length > 0 || read.payload === undefined)
    return { verdict: 'not-proven', payload: read.payload, hash: read.hash, problems };
  return { verdict: 'proven', payload: read.payload, hash: read.hash, isRevokedLater };
}

async function signatureProblem(
  jws: string,
  signature: string,
  key: webcrypto.CryptoKey,
): Promise<ChangeProblem | undefined> {
  if (signature === '') return { kind: 'unsigned', what: 'its signature was taken off' };
  try {
    await compactVerify(jws, key, { algorithms: ['ES384'] });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof errors.JOSEError)) throw thrown;
    return { kind: 'bad-signature', what: 'its signature is not that of its device over its text' };
  }
}

function formProblem(jws: string | null): ChangeProblem {
  if (jws === null || jws === '') return { kind: 'unsigned', what: 'there is no record in its row' };
  if (jws.length > longestRecord) return malformed(`it is longer than ${longestRecord} characters`);
  if (/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(jws))
    return { kind: 'unsigned', what: 'its signature was taken off' };
  return malformed('it is no compact JWS');
}

function jsonIn(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const malformed = (what: string): ChangeProblem => ({ kind: 'malformed', what });
