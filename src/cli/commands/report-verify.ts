/**
 * `lifeboat report verify FILE`: verifies a report without any deployment. It says which key it trusted and why: one that
 * was given, or one that merely lay beside the report.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isoOf } from '../../contracts/values.ts';
import { Failure } from '../../policy/failure.ts';
import { parseCompactJws } from '../../policy/jws.ts';
import { thumbprintOf } from '../../policy/signing-keys.ts';
import { givenKeys, keyIn, withdrawnBy } from '../key-files.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { renderVerification, type VerificationView } from '../verification-view.ts';
import { verifyReport, type Verified } from '../../verification/report.ts';
import type { TrustedKey } from '../../verification/signature.ts';
import { Findings } from '../../verification/findings.ts';
import type { CommonOptions } from './options.ts';

export interface VerifyOptions extends CommonOptions {
  readonly key?: readonly string[];
  readonly previous?: string;
  readonly evidence?: string;
}

const exits = { verified: 0, 'not-verified': 2, unknown: 1 } as const;

/** Verifies a report; exits 0 if everything that was asked for holds, 2 if something is wrong, 1 if it is not known. */
export async function verifyReportFile(io: Io, named: string, options: VerifyOptions): Promise<0 | 1 | 2> {
  const file = path.resolve(io.cwd, named);
  const findings = new Findings();
  const text = (await needText(file)).trim();
  const isReport = text.startsWith('{');
  const jws = isReport ? (await signatureBeside(file))?.trim() : text;
  const given = options.key ?? [];
  const keys =
    given.length > 0
      ? (await Promise.all(given.map((one) => keysInFile(path.resolve(io.cwd, one))))).flat()
      : await keysBeside(file, jws, findings);
  const inCwd = (one: string | undefined): string | undefined =>
    one === undefined ? undefined : path.resolve(io.cwd, one);
  const previous = inCwd(options.previous);
  const verified = await verifyReport(
    {
      ...{ jws, keys, report: isReport ? text : undefined },
      previous: previous === undefined ? undefined : await needText(previous),
      evidence: inCwd(options.evidence),
    },
    findings,
  );
  const view = viewOf(file, verified, given.length > 0, findings);
  if (options.json === true) printJson(io, view);
  else print(io, renderVerification(view, viewOptions(io)));
  return exits[view.verdict];
}

function viewOf(
  file: string,
  { signed, report }: Verified,
  isGiven: boolean,
  findings: Findings,
): VerificationView {
  const { verdict, held, notes, problems } = findings;
  const key =
    signed === undefined
      ? {}
      : {
          key: {
            keyId: thumbprintOf(signed.key.jwk),
            file: signed.key.file,
            trust: isGiven ? ('given' as const) : ('beside the report' as const),
            ...(signed.key.about === undefined ? {} : { source: signed.key.about.source }),
          },
          signedAt: isoOf(signed.signedAt),
        };
  const about =
    report === undefined
      ? {}
      : {
          report: {
            ...{ id: report.id, number: report.number, finalizedAt: report.finalizedAt },
            ...{ system: report.system.id, region: report.system.region, result: report.result },
          },
        };
  return { file, verdict, ...about, ...key, held, notes, problems };
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(file, `cannot be read (${code})`);
  }
}

async function needText(file: string): Promise<string> {
  const text = await textIn(file);
  if (text === undefined) throw unreadable(file, 'does not exist');
  return text;
}

const unreadable = (file: string, how: string): Failure =>
  new Failure('bad-input', `${file} ${how}.`, 'Name a file that holds a report, its signature or a key.');

/** `report.jws` for `report.json`, or `NAME.jws` for `NAME.json`. */
function signatureBeside(file: string): Promise<string | undefined> {
  return textIn(path.join(path.dirname(file), `${path.basename(file, path.extname(file))}.jws`));
}

/** The key document beside a report, by the id in its header: `ID.json`, `keys/ID.json`, or `NAME.key.json`. */
async function keysBeside(
  file: string,
  jws: string | undefined,
  findings: Findings,
): Promise<readonly TrustedKey[]> {
  const id = jws === undefined ? undefined : keyIdIn(jws);
  if (id === undefined) return [];
  const folder = path.dirname(file);
  const name = path.basename(file, path.extname(file));
  for (const place of [`${name}.key.json`, `${id}.json`, `keys/${id}.json`]) {
    const found = path.join(folder, place);
    const text = await textIn(found);
    if (text === undefined) continue;
    const key = keyIn(text, found);
    if (typeof key === 'string') {
      findings.wrong('key-id', `${found} ${key}`);
      continue;
    }
    findings.note(
      `The key lay beside the report and was not checked against the key vault: compare ${id} with the thumbprint of its key.`,
    );
    return [await withWithdrawal(key, path.join(path.dirname(found), `${id}.withdrawn.json`), findings)];
  }
  return [];
}

/** The key id that a JWS names, if it may be part of a file's name. */
function keyIdIn(jws: string): string | undefined {
  const parsed = parseCompactJws(jws);
  const kid = typeof parsed === 'string' ? undefined : (parsed.header as { kid?: unknown } | null)?.kid;
  return typeof kid === 'string' && /^[\w-]{43}$/.test(kid) ? kid : undefined;
}

const keysInFile = async (file: string): Promise<TrustedKey[]> => givenKeys(await needText(file), file);

async function withWithdrawal(key: TrustedKey, file: string, findings: Findings): Promise<TrustedKey> {
  const text = await textIn(file);
  const withdrawn = text === undefined ? key : withdrawnBy(key, text);
  if (typeof withdrawn !== 'string') return withdrawn;
  findings.wrong('key-withdrawn', `${file} ${withdrawn}`);
  return key;
}
