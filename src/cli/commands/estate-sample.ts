/**
 * `lifeboat estate check --sample`: which layout do the names in a store follow, and is it the one that the estate file
 * says? The names come from a file or a pipe, so that nothing has to be deployed, and no store to be reached, to tell.
 */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import type { Estate, EstateBlobStore } from '../../contracts/estate.ts';
import { fitLayouts, fitOf, type LayoutFit } from '../../policy/address-fit.ts';
import { layoutOf } from '../../policy/content-address.ts';
import { Failure } from '../../policy/failure.ts';
import { paragraph, printable, thousands } from '../format.ts';
import type { Io } from '../io.ts';
import { palette } from '../palette.ts';

/** A store as it was named on the command line, and where its names are. */
export interface SampleOption {
  readonly store: string;
  readonly source: string;
}

/** Collects the values of `--sample`, which may be given several times. */
export function collectSamples(text: string, earlier: readonly SampleOption[] = []): SampleOption[] {
  const [, store, source] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (store === undefined || source === undefined)
    throw new InvalidArgumentError('It must be STORE=FILE, or STORE=- for standard input.');
  if (source === '-' && earlier.some((one) => one.source === '-'))
    throw new InvalidArgumentError('Standard input can hold the names of one store only.');
  return [...earlier, { store, source }];
}

/** What a sample of a store's names says. */
export interface Sample {
  /** `system/region/store`. */
  readonly store: string;
  /** Names that were read, of which the first so many were looked at. */
  readonly read: number;
  readonly configured: LayoutFit;
  /** The layouts that fit, best first. */
  readonly fits: readonly LayoutFit[];
  /** Whether the configured layout fits names, and no other one fits more of them. */
  readonly isRight: boolean;
}

/** Reads and judges the samples one after the other. Throws `bad-input` for a store or a file that is not there. */
export async function readSamples(
  io: Io,
  estate: Estate,
  samples: readonly SampleOption[],
): Promise<Sample[]> {
  const stores = samples.map(({ store, source }) => ({ ...storeNamed(estate, store), source }));
  const judged: Sample[] = [];
  for (const { path, store, source } of stores) {
    const { names, read } = await readNames(io, source);
    if (read === 0)
      throw new Failure(
        'bad-input',
        `The sample of ${path} holds no name.`,
        'Write one blob name a line, such as: az storage blob list … --query "[].name" -o tsv',
      );
    const configured = fitOf(layoutOf(store), names);
    const fits = fitLayouts(names);
    const isRight = configured.fitting > 0 && configured.fitting >= (fits[0]?.fitting ?? 0);
    judged.push({ store: path, read, configured, fits, isRight });
  }
  return judged;
}

/** The one store that is named by its id, with its system's or with system and region before it. */
function storeNamed(
  estate: Estate,
  name: string,
): { readonly path: string; readonly store: EstateBlobStore } {
  const all = estate.systems.flatMap((system) =>
    system.regions.flatMap(({ region, blobStores }) =>
      blobStores.map((store) => ({
        store,
        path: `${system.id}/${region}/${store.id}`,
        names: [store.id, `${system.id}/${store.id}`, `${system.id}/${region}/${store.id}`],
      })),
    ),
  );
  const [only, ...more] = all.filter(({ names }) => names.includes(name));
  if (only !== undefined && more.length === 0) return only;
  const known = (only === undefined ? all : [only, ...more]).map(({ path }) => path).join(', ');
  throw new Failure(
    'bad-input',
    only === undefined ? `No blob store "${name}" is in the estate.` : `Several blob stores are "${name}".`,
    known === '' ? 'The estate has no blob store.' : `Name one of: ${known}`,
  );
}

/** Names that are looked at; the rest is counted. */
const namesAtMost = 100_000;

async function readNames(
  io: Io,
  source: string,
): Promise<{ readonly names: readonly string[]; readonly read: number }> {
  const input = source === '-' ? Readable.from(io.stdin()) : createReadStream(resolve(io.cwd, source));
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  try {
    return await Promise.race([failed, collectNames(input)]);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`;
    throw new Failure(
      'bad-input',
      `The sample ${source} ${reason}.`,
      'Name a file of blob names, or - for standard input.',
      { cause },
    );
  }
}

async function collectNames(
  input: Readable,
): Promise<{ readonly names: readonly string[]; readonly read: number }> {
  const names: string[] = [];
  let read = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    read += 1;
    if (names.length < namesAtMost) names.push(line);
  }
  return { names, read };
}

/** The samples as a member of the JSON answer; none where no sample was asked for. */
export function samplesJson(samples: readonly Sample[]): { readonly samples?: readonly Sample[] } {
  return samples.length === 0 ? {} : { samples };
}

/** What one sample says, in lines. */
export function sampleView(
  sample: Sample,
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const paint = palette(color);
  const { store, read, configured, fits, isRight } = sample;
  const [best, ...others] = fits;
  const looked = read > configured.names ? `, the first ${thousands(configured.names)} looked at` : '';
  const verdict = isRight
    ? `The layout in the estate file fits ${share(configured)}, and no other fits more.`
    : `The layout in the estate file (${layoutText(configured)}) fits ${share(configured)}.`;
  const advice = best === undefined ? 'No usual layout fits these names.' : `This one fits ${share(best)}:`;
  return [
    ...paragraph('', `${store}: ${namesText(read)}${looked}`, width),
    ...paragraph('  ', verdict, width).map(isRight ? paint.good : paint.bad),
    ...(isRight ? pasteLines(configured, width) : paragraph('  ', advice, width)),
    ...(isRight || best === undefined ? [] : pasteLines(best, width)),
    ...others.flatMap((fit) => paragraph('  ', `Besides, ${layoutText(fit)} fits ${share(fit)}.`, width)),
    ...misfitLines(isRight ? configured : (best ?? configured), width),
  ];
}

/** The lines for the estate file, and what names alone cannot tell. */
function pasteLines({ layout, alike }: LayoutFit, width: number): string[] {
  const { algorithm, encoding = 'hex', template } = layout;
  const yaml = stringify({ algorithm, encoding, layout: template }, { lineWidth: 0 }).trimEnd();
  const doubt = `Names alone do not tell ${algorithm} from ${alike.join(' and ')}: keep the one that the store is written with.`;
  return [
    ...yaml.split('\n').map((line) => `      ${printable(line)}`),
    ...(alike.length === 0 ? [] : paragraph('    ', doubt, width)),
  ];
}

function misfitLines({ names, fitting, misfits, unsupportedCids }: LayoutFit, width: number): string[] {
  if (misfits.length === 0) return [];
  const cids =
    unsupportedCids === 0 ? '' : `, ${thousands(unsupportedCids)} of them CIDs that are not supported`;
  return [
    ...paragraph('  ', `${namesText(names - fitting)} not fitting${cids}, such as:`, width),
    ...misfits.flatMap(({ name, why }) =>
      paragraph('    ', printable(why === undefined ? name : `${name}: ${why}`), width),
    ),
  ];
}

const layoutText = ({ layout: { template, algorithm, encoding = 'hex' } }: LayoutFit): string =>
  `${printable(template)} of ${algorithm} in ${encoding}`;

const namesText = (count: number): string => (count === 1 ? '1 name' : `${thousands(count)} names`);

/** A share that is called whole only where it is. */
function share({ fitting, names }: LayoutFit): string {
  const percent = Math.floor((fitting / names) * 1_000) / 10;
  return `${thousands(fitting)} of ${namesText(names)} (${percent} %)`;
}
