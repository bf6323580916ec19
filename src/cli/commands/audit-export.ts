/** `lifeboat audit export FOLDER`: the files of an audit log as they are, each in the folder of its kind. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AuditFile } from '../../contracts/audit.ts';
import { Failure } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { print, printJson, type Io } from '../io.ts';
import { chooseTarget, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';

/** The file that names the system and the region of an export. */
export const manifestName = 'audit.json';

/** Exports the log; nothing in a folder that holds something is touched. */
export async function exportAudit(io: Io, named: string, options: CommonOptions): Promise<0> {
  const folder = path.resolve(io.cwd, named);
  await mustBeEmpty(folder);
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const manifest = await client.call('auditFiles', { params: { system } });
  for (const file of manifest.files) {
    await mkdir(path.join(folder, file.kind), { recursive: true });
    const target = createWriteStream(path.join(folder, file.kind, file.name), { flags: 'wx' });
    await pipeline(bytesOf(client, system, file), target);
  }
  // Written last: a folder without it is no whole export.
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  if (options.json === true) printJson(io, manifest, manifest.files);
  else {
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    print(io, [`${manifest.files.length} files, ${total} bytes of ${system} in ${client.region}: ${folder}`]);
  }
  return 0;
}

/** The bytes of a file as long as it was when it was listed, part by part. */
export async function* bytesOf(
  client: ApiClient,
  system: string,
  file: AuditFile,
): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < file.bytes;) {
    const part = await client.call('auditPart', {
      params: { system, kind: file.kind, name: file.name },
      query: { from },
    });
    const bytes = Buffer.from(part.data, 'base64').subarray(0, file.bytes - from);
    if (bytes.length === 0)
      throw new Failure(
        'operation-failed',
        `${file.kind}/${file.name} is shorter than it was a moment ago.`,
        'Somebody cuts the audit log: see the runbook "audit-not-verified".',
      );
    yield bytes;
    from += bytes.length;
  }
}

async function mustBeEmpty(folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new Failure('bad-input', `${folder} is no folder (${code}).`, 'Name a new folder.');
  }
  if (names.length > 0) throw new Failure('bad-input', `${folder} is not empty.`, 'Name a new folder.');
}
