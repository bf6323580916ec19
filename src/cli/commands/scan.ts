/** `lifeboat scan findings`: what a scan found, all of it, worst store by store as it was found. */
import type { ScanFindingsResponse } from '../../contracts/api/scans.ts';
import { Failure } from '../../policy/failure.ts';
import { duration, paragraph, thousands } from '../format.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';
import type { StartOptions } from './start.ts';

/** What `scan run` takes beside what every start does. */
export interface ScanOptions extends StartOptions {
  readonly full?: boolean;
  readonly new?: boolean;
  readonly knownBad?: boolean;
  readonly shard?: string;
  readonly store?: string;
}

/** The order of a scan as the API takes it; throws `bad-input` if two modes are named. */
export function scanOrderOf(options: ScanOptions): {
  mode?: 'full' | 'new' | 'known-bad';
  part?: string;
  store?: string;
} {
  const modes = [
    ...(options.full === true ? (['full'] as const) : []),
    ...(options.new === true ? (['new'] as const) : []),
    ...(options.knownBad === true ? (['known-bad'] as const) : []),
  ];
  if (modes.length > 1)
    throw new Failure(
      'bad-input',
      '--full, --new and --known-bad say different things',
      'Name one of them, or none: then what the scrub cycle asks for is re-hashed.',
    );
  const [mode] = modes;
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(options.shard === undefined ? {} : { part: options.shard }),
    ...(options.store === undefined ? {} : { store: options.store }),
  };
}

/** Shows every finding of a scan; exit 2 if there is damage among them. */
export async function showFindings(
  io: Io,
  options: CommonOptions & { readonly scan?: string; readonly verdict?: string },
): Promise<number> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const pages: ScanFindingsResponse[] = [];
  let at: string | undefined;
  do {
    const page: ScanFindingsResponse = await client.call('scanFindings', {
      params: { system, scan: options.scan ?? 'latest' },
      query: { continuation: at },
    });
    pages.push(page);
    at = page.continuation;
  } while (at !== undefined);
  const [first] = pages;
  if (first === undefined) return 1;
  const findings = pages
    .flatMap((page) => page.findings)
    .filter((finding) => options.verdict === undefined || finding.verdict === options.verdict);
  const { scan } = first;
  if (options.json === true) printJson(io, { scan, findings }, findings);
  else print(io, describe(scan, findings, viewOptions(io)));
  return scan.outcome === 'clean' ? 0 : scan.outcome === 'damaged' ? 2 : 1;
}

function describe(
  scan: ScanFindingsResponse['scan'],
  findings: ScanFindingsResponse['findings'],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const paint = palette(color);
  return [
    ...paragraph('', `${scan.id}: ${scan.outcome}: ${scan.detail}`, width).map(paint.strong),
    ...scan.stores.flatMap(({ store, counts, debtSeconds, coverage }) =>
      paragraph(
        '  ',
        [
          `${store}: ${thousands(counts.blobs)} blobs, ${thousands(counts.hashed)} re-hashed now`,
          ...(coverage === undefined ? [] : [`${(coverage * 100).toFixed(1)} % verified within the cycle`]),
          ...(debtSeconds === undefined ? [] : [`scrub debt ${duration(debtSeconds)}`]),
        ].join(', '),
        width,
      ),
    ),
    ...(findings.length === 0 ? ['  no findings'] : []),
    ...findings.flatMap(({ verdict, store, name, detail }) => [
      ...paragraph('', `${verdict}: ${store} ${name}`, width),
      ...paragraph('  ', detail, width),
    ]),
  ];
}
