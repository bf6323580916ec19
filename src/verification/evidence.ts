/** Holds evidence files against the digests in a report. What a report calls a path is data: it leads nowhere else. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EvidenceItem } from '../contracts/report.ts';
import { digestOf } from '../policy/canonical-json.ts';
import type { Findings } from './findings.ts';

/** Checks every item against its file in a folder: a copy of the vault, of the report's folder, or files by their names. */
export async function checkEvidence(
  items: readonly EvidenceItem[],
  folder: string,
  drill: string,
  findings: Findings,
): Promise<void> {
  let right = 0;
  for (const item of items) {
    const file = await fileOf(item, folder, drill);
    if (file === undefined) {
      findings.wrong('evidence-missing', `${item.what}: no ${item.path} in ${folder}`);
    } else if ((await digestOfFile(item, file)) === item.digest) right += 1;
    else findings.wrong('evidence-differs', `${item.what}: ${file} is not what the report was made from`);
  }
  if (right > 0) findings.held.push(`digests of ${right} of ${items.length} evidence file(s)`);
}

async function fileOf(
  { path: named }: EvidenceItem,
  folder: string,
  drill: string,
): Promise<string | undefined> {
  const parts = named.split('/');
  if (parts.some((part) => ['', '.', '..'].includes(part) || /[\\:]/.test(part))) return undefined;
  const inReport = parts.indexOf(drill) + 1;
  const candidates = [parts, ...(inReport === 0 ? [] : [parts.slice(inReport)]), parts.slice(-1)];
  for (const candidate of candidates) {
    const file = path.join(folder, ...candidate);
    const isFile = await stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) return file;
  }
  return undefined;
}

async function digestOfFile({ over }: EvidenceItem, file: string): Promise<string | undefined> {
  if (over === 'address lines') return digestOfLines(file);
  try {
    return digestOf(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // No JSON is not the document.
  }
}

/** The digest over the lines of an inventory that name addresses: all but the first and the last, which are JSON. */
async function digestOfLines(file: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (!line.startsWith('{')) sum.update(`${line}\n`);
  return `sha256-${sum.digest('hex')}`;
}
