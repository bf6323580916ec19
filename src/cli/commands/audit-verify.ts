/**
 * `lifeboat audit verify [FOLDER]`: verifies an audit log, as the app gives its files or as they were exported. Every file
 * is read once, as a stream. It says by which keys, and whether somebody vouches for them.
 */
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { auditFiles, type AuditFileKind, type AuditFiles } from '../../contracts/audit.ts';
import { Failure } from '../../policy/failure.ts';
import { verifyAuditLog } from '../../verification/audit-log.ts';
import type { LogFile, LogFiles } from '../../verification/log-files.ts';
import type { TrustedKey } from '../../verification/signature.ts';
import { renderAuditVerification } from '../audit-view.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { givenKeys, keyIn, withdrawnBy } from '../key-files.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { bytesOf, manifestName } from './audit-export.ts';
import type { CommonOptions } from './options.ts';

export interface AuditVerifyOptions extends CommonOptions {
  readonly key?: readonly string[];
}

const exits = { verified: 0, 'not-verified': 2, unknown: 1 } as const;

/** Verifies a log; exits 0 if everything holds, 2 if something is wrong, 1 if it is not known. */
export async function verifyAudit(
  io: Io,
  folder: string | undefined,
  options: AuditVerifyOptions,
): Promise<0 | 1 | 2> {
  const given = options.key ?? [];
  const trusted = await Promise.all(
    given.map(async (name) => {
      const file = path.resolve(io.cwd, name);
      return givenKeys(await textOf(file), file);
    }),
  );
  const source =
    folder === undefined ? await ofApp(io, options) : await inFolder(path.resolve(io.cwd, folder));
  const keys = given.length > 0 ? trusted.flat() : await keysOf(source);
  const verified = await verifyAuditLog(logOf(source), keys);
  const view = {
    ...verified,
    source: source.name,
    trust: given.length > 0 ? 'given' : 'beside the log',
  } as const;
  if (options.json === true) printJson(io, view);
  else print(io, renderAuditVerification(view, viewOptions(io)));
  return exits[view.verdict];
}

/** Where the files of a log come from. */
interface Source {
  readonly name: string;
  readonly manifest: Pick<AuditFiles, 'system' | 'region'>;
  readonly files: ReadonlyMap<AuditFileKind, readonly LogFile[]>;
}

function logOf({ manifest, files }: Source): LogFiles {
  const { system, region } = manifest;
  const of = (kind: AuditFileKind): readonly LogFile[] => files.get(kind) ?? [];
  return {
    ...{ system, region, segments: of('segments'), unchained: of('unchained') },
    ...{ checkpoints: of('checkpoints'), copies: of('copies') },
  };
}

async function ofApp(io: Io, options: AuditVerifyOptions): Promise<Source> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const manifest = await client.call('auditFiles', { params: { system } });
  const files = Map.groupBy(manifest.files, ({ kind }) => kind);
  return {
    ...{ name: client.url, manifest },
    files: new Map(
      [...files].map(([kind, listed]) => [
        kind,
        listed.map((file) => ({ name: file.name, open: () => bytesOf(client, system, file) })),
      ]),
    ),
  };
}

async function inFolder(folder: string): Promise<Source> {
  const file = path.join(folder, manifestName);
  const manifest = auditFiles.safeParse(jsonIn(await textOf(file)));
  if (!manifest.success)
    throw new Failure(
      'bad-input',
      `${file} names no audit log.`,
      'Export one with: lifeboat audit export FOLDER',
    );
  const kinds = ['segments', 'unchained', 'checkpoints', 'copies', 'keys'] as const;
  const files = await Promise.all(
    kinds.map(async (kind) => [kind, await filesIn(path.join(folder, kind))] as const),
  );
  return { name: folder, manifest: manifest.data, files: new Map(files) };
}

async function filesIn(folder: string): Promise<LogFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
  return names.toSorted().map((name) => ({
    name,
    open: () => createReadStream(path.join(folder, name), { highWaterMark: 1 << 20 }),
  }));
}

/** The keys that lie with a log, each with what is known of its end; one that cannot be read is none. */
async function keysOf({ files }: Source): Promise<TrustedKey[]> {
  const texts = new Map<string, string>();
  for (const file of files.get('keys') ?? []) texts.set(file.name, await contentOf(file));
  const keys: TrustedKey[] = [];
  for (const [name, text] of texts) {
    const key = name.endsWith('.withdrawn.json') ? undefined : keyIn(text, name);
    if (key === undefined || typeof key === 'string') continue;
    const end = texts.get(name.replace(/\.json$/, '.withdrawn.json'));
    const withdrawn = end === undefined ? key : withdrawnBy(key, end);
    if (typeof withdrawn !== 'string') keys.push(withdrawn);
  }
  return keys;
}

async function contentOf(file: LogFile): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await file.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new Failure(
      'bad-input',
      `${file} cannot be read (${code}).`,
      'Name a file or an exported log that is there.',
    );
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
