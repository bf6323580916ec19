/** `lifeboat estate`: what can be said of an estate file without asking any deployment. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { databaseSetupSql, type SetupWish } from '../../contracts/database-setup.ts';
import { estateJsonSchema } from '../../contracts/estate-schema.ts';
import {
  checkEstate,
  readEstate,
  type Estate,
  type EstateProblem,
  type EstateSystem,
} from '../../contracts/estate.ts';
import { Failure, failureCodes } from '../../policy/failure.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { duration, paragraph } from '../format.ts';
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import { palette } from '../palette.ts';
import { againstView, weakerScopes } from './estate-against.ts';
import { readSamples, samplesJson, sampleView, type SampleOption } from './estate-sample.ts';
import type { CommonOptions } from './options.ts';
import { table, type Column } from '../table.ts';

/** What `estate check` is given beside the file. */
export interface CheckOptions extends CommonOptions {
  readonly sample?: readonly SampleOption[];
  /** Another estate file, such as the one before a change. */
  readonly against?: string;
}

/** As the work of a cycle: something is not as good as it has to be. */
const weakerExit = 2;

/** Checks an estate file and names every problem; an overview of it when there is none. */
export async function checkEstateFile(
  io: Io,
  given: string | undefined,
  { json, sample = [], against }: CheckOptions,
): Promise<number> {
  const file = resolve(io.cwd, given ?? (io.env['LIFEBOAT_ESTATE'] || 'estate.yaml'));
  const result = checkEstate(await readEstateText(file));
  if ('problems' in result) return tellProblems(io, file, result.problems, json === true);
  const { estate } = result;
  const samples = await readSamples(io, estate, sample);
  const older = against === undefined ? undefined : resolve(io.cwd, against);
  const weaker =
    older === undefined ? [] : weakerScopes(readEstate(await readEstateText(older), older), estate);
  const view = viewOptions(io);
  if (json === true) {
    const compared = older === undefined ? {} : { against: older, weaker };
    printJson(io, { file, valid: true, problems: [], ...samplesJson(samples), ...compared });
  } else {
    print(io, overview(file, estate, view));
    for (const one of samples) print(io, ['', ...sampleView(one, view)]);
    if (older !== undefined) print(io, ['', ...againstView(older, weaker, view)]);
  }
  if (!samples.every((one) => one.isRight)) return failureCodes['bad-estate'].exit;
  return weaker.length === 0 ? 0 : weakerExit;
}

function tellProblems(io: Io, file: string, problems: readonly EstateProblem[], json: boolean): number {
  if (json) printJson(io, { file, valid: false, problems, ...samplesJson([]) });
  const { width } = viewOptions(io);
  const sum = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  say(
    io,
    [
      `lifeboat: ${file} has ${sum}:`,
      ...problems.flatMap(({ path, problem }) => paragraph('  ', `${path}: ${problem}`, width)),
    ].join('\n'),
  );
  say(io, 'Next: correct the file and check it again; "lifeboat estate schema" helps an editor to check it.');
  return failureCodes['bad-estate'].exit;
}

async function readEstateText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Failure(
      'bad-input',
      `The estate file ${file} ${reason}.`,
      'Name the file: lifeboat estate check FILE, or in LIFEBOAT_ESTATE.',
      { cause },
    );
  }
}

function overview(
  file: string,
  { systems }: Estate,
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const paint = palette(color);
  const options = { width, paintHeader: paint.faint };
  return [
    ...paragraph('', `${file} is right.`, width).map(paint.good),
    '',
    ...table(protectedColumns, systems.flatMap(protectedRows), options),
    '',
    ...table(scheduleColumns, systems.map(scheduleRow), options),
  ];
}

const protectedColumns: readonly Column[] = [
  { header: 'SYSTEM', shrink: true },
  { header: 'REGION', shrink: true },
  { header: 'DATABASES', shrink: true },
  { header: 'BLOB STORES', shrink: true },
  { header: 'RPO', align: 'right' },
  { header: 'RTO', align: 'right' },
];

const protectedRows = ({ id, objectives, regions }: EstateSystem): string[][] =>
  regions.map(({ region, databases, blobStores }) => [
    id,
    region,
    databases.map((one) => one.id).join(', '),
    blobStores.map((one) => one.id).join(', ') || '-',
    ...[objectives.rpo, objectives.rto].map((objective) => duration(secondsOf(objective))),
  ]);

const scheduleColumns: readonly Column[] = [
  { header: 'SYSTEM', shrink: true },
  ...['SNAPSHOT', 'SCAN', 'PRUNE', 'DRILL'].map((header) => ({ header, shrink: true })),
];

const scheduleRow = ({ id, schedules: { snapshot, scan, prune, drill } }: EstateSystem): string[] => [
  id,
  ...[snapshot, scan, prune, drill].map(({ cron, timeZone }) => `${cron} ${timeZone}`),
];

/** Writes the JSON Schema of the estate file. */
export function writeEstateSchema(io: Io): 0 {
  printJson(io, estateJsonSchema());
  return 0;
}

/** Writes the SQL that an administrator runs once in every protected database. */
export function writeSetupSql(
  io: Io,
  { role, tables, json }: CommonOptions & SetupWish & { readonly role: string },
): 0 {
  const sql = databaseSetupSql(role, { tables });
  if (json === true) printJson(io, { role, sql });
  else io.stdout.write(sql);
  return 0;
}
