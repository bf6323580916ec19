/** Reports signed for the tests of the verification, and what a person has of them in a folder. */
import { sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { run } from '../../src/cli/program.ts';
import type { VerificationView } from '../../src/cli/verification-view.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import type { SigningKeyFile } from '../../src/contracts/signing.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { compactJws, reportType, signingInput, type ReportHeader } from '../../src/policy/jws.ts';
import { thumbprintOf } from '../../src/policy/signing-keys.ts';
import { keyPair } from '../support/memory-signer.ts';

export interface TestKey {
  readonly file: SigningKeyFile;
  readonly privateKey: KeyObject;
}

/** A key by its name, with its document. */
export function keyOf(name: string, change: Partial<SigningKeyFile> = {}): TestKey {
  const { jwk, privateKey } = keyPair(name);
  const file: SigningKeyFile = {
    ...{ schema: 'lifeboat/signing-key/v1', keyId: thumbprintOf(jwk), jwk },
    ...{ source: `https://keys.example/keys/reports/${name}`, createdAt: '2026-01-01T00:00:00.000Z' },
    ...change,
  };
  return { file, privateKey };
}

export const signedAt = Date.parse('2026-03-01T01:31:34.000Z') / 1000;

/** A JWS over a text by a key, with a header that may be another one. */
export function jwsOver(payload: string, { file, privateKey }: TestKey, change: object = {}): string {
  const header = { alg: 'ES384', iat: signedAt, kid: file.keyId, typ: reportType, ...change } as ReportHeader;
  const input = signingInput(header, payload);
  return compactJws(
    input,
    sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  );
}

/** The signed form of a report. */
export const jwsOf = (report: DrillReport, key: TestKey, change: object = {}): string =>
  jwsOver(canonicalJson(report), key, change);

/** A folder in which a person verifies. */
export class Desk implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(files: Readonly<Record<string, string | object>> = {}): Promise<Desk> {
    const desk = new Desk(await mkdtemp(path.join(tmpdir(), 'verify-')));
    for (const [name, content] of Object.entries(files)) await desk.put(name, content);
    return desk;
  }

  async put(name: string, content: string | object): Promise<void> {
    const file = path.join(this.folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : `${canonicalJson(content)}\n`);
  }

  /** Runs the command here. */
  async run(...args: string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
    const written = { stdout: '', stderr: '' };
    const into = (name: keyof typeof written) => ({
      write: (text: string) => (written[name] += text) !== '',
    });
    const exit = await run(args, {
      ...{ stdout: into('stdout'), stderr: into('stderr'), stdin: () => Readable.from([]), env: {} },
      ...{ cwd: this.folder, home: this.folder, now: () => DateTime.utc() },
      signal: new AbortController().signal,
    });
    return { exit, ...written };
  }

  /** Verifies, and gives the answer as data with the exit code. */
  async verify(...args: string[]): Promise<VerificationView & { exit: number; kinds: string[] }> {
    const { exit, stdout, stderr } = await this.run('report', 'verify', '--json', ...args);
    if (stdout === '') throw new Error(`exit ${exit}: ${stderr}`);
    const view = JSON.parse(stdout) as VerificationView;
    return { ...view, exit, kinds: view.problems.map(({ kind }) => kind) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
