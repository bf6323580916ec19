/**
 * The trust of the change records at the start of the app: every `file:` of the estate is read, and every trust anchor
 * must be an authority's certificate. What is wrong with the deployment keeps the app from starting, all of it told at
 * once. An anchor that has expired does not: it still vouches for what was signed before, and the backups of the other
 * systems must not wait for it; it is told as a warning.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DateTime } from 'luxon';
import { parseCertificates, problemOfAuthority } from '../activities/change-records/certificates.ts';
import { withPemTexts, type ChangeRecordSource } from '../contracts/change-records.ts';
import type { Estate, EstateBlobStore } from '../contracts/estate.ts';
import { Failure } from '../policy/failure.ts';

type Certificate = ReturnType<typeof parseCertificates>[number];

/** An estate whose `file:` texts are there, and what a person should know about its anchors. */
export interface TrustedEstate {
  readonly estate: Estate;
  /** Sentences: anchors outside of their validity. */
  readonly warnings: readonly string[];
}

/** Puts the texts of the files that an estate file names for its change records into it. Throws `bad-estate`. */
export function withTrustAnchors(estate: Estate, file: string, now: DateTime): TrustedEstate {
  const judged = sourcesOf(estate).map(({ store, source, place }) => {
    const read = readFiles(source, file, place);
    store.changeRecords = read.source;
    const anchors = read.source.trustAnchors.map((pem, index) =>
      judgeAnchor(pem, nameOf(source.trustAnchors[index], file, place), now),
    );
    return {
      problems: [...read.problems, ...anchors.flatMap((one) => one.problems)],
      warnings: anchors.flatMap((one) => one.warnings),
    };
  });
  const problems = judged.flatMap((one) => one.problems);
  if (problems.length > 0) throw unusable(file, problems);
  return { estate, warnings: judged.flatMap((one) => one.warnings) };
}

/** Every store with change records, and the place at which it stands in the estate. */
function sourcesOf(
  estate: Estate,
): { readonly store: EstateBlobStore; readonly source: ChangeRecordSource; readonly place: string }[] {
  return estate.systems.flatMap((system) =>
    system.regions.flatMap(({ region, blobStores }) =>
      blobStores.flatMap((store) => {
        const place = `${system.id}/${region}/${store.id}`;
        return store.changeRecords === undefined ? [] : [{ store, source: store.changeRecords, place }];
      }),
    ),
  );
}

const unusable = (file: string, problems: readonly string[]): Failure =>
  new Failure(
    'bad-estate',
    `${file}: the trust of its change records cannot be used:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    'Put the authority’s certificate as PEM at that path and deploy it beside the estate file, or correct changeRecords there.',
  );

const pathOf = (path: string, file: string): string => resolve(dirname(file), path);

/** What a person is told where an anchor stands. */
const nameOf = (given: string | undefined, file: string, place: string): string =>
  given?.startsWith('file:') === true
    ? `the trust anchor ${pathOf(given.slice('file:'.length), file)} of ${place}`
    : `a trust anchor of ${place} in ${file}`;

/** The source with the texts of its files; one that cannot be used is told, and its text left out. */
function readFiles(
  source: ChangeRecordSource,
  file: string,
  place: string,
): { readonly source: ChangeRecordSource; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const read = (path: string): string => {
    const { text, problem } = readPem(pathOf(path, file));
    if (problem !== undefined) problems.push(`${pathOf(path, file)} of ${place} ${problem}`);
    return text;
  };
  return { source: withPemTexts(source, read), problems };
}

/** Stands for a text that is not there, whose problem is told already. */
const noText = '-----BEGIN NOTHING-----';

function readPem(path: string): { readonly text: string; readonly problem?: string } {
  try {
    const text = readFileSync(path, 'utf8');
    return text.includes('-----BEGIN ') ? { text } : { text: noText, problem: 'holds no PEM text' };
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`;
    return { text: noText, problem };
  }
}

interface JudgedAnchor {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

function judgeAnchor(pem: string, name: string, now: DateTime): JudgedAnchor {
  if (pem === noText) return { problems: [], warnings: [] };
  let certificates: readonly Certificate[];
  try {
    certificates = parseCertificates(pem);
  } catch {
    return { problems: [`${name} is no certificate`], warnings: [] };
  }
  return {
    problems: certificates.flatMap((one) => sentence(name, problemOfAuthority(one, 0))),
    warnings: certificates.flatMap((one) => sentence(name, problemOfPeriod(one, now))),
  };
}

const sentence = (name: string, problem: string | undefined): string[] =>
  problem === undefined ? [] : [`${name}: ${problem}`];

function problemOfPeriod(
  { serialNumber, notBefore, notAfter }: Certificate,
  now: DateTime,
): string | undefined {
  const at = now.toMillis();
  if (at > notAfter.getTime())
    return `certificate ${serialNumber} expired at ${notAfter.toISOString()}: what was signed since then is not proven. Get the authority’s new certificate, deploy it beside this one, and keep this one for what was signed before`;
  if (at < notBefore.getTime())
    return `certificate ${serialNumber} is valid from ${notBefore.toISOString()} on only: what was signed before is not proven. Is it the right one, and the clock of this host right?`;
  return undefined;
}
