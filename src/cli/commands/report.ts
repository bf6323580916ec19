/** `lifeboat report show | list`: the report of one drill, the last one unless another is named, and which there are. */
import { Failure, failureFrom } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { chooseTarget, openClients, unknownSystem, type Target } from '../regions.ts';
import { reportKey, reportMarkdown, reportOf, reportSignature } from '../report-forms.ts';
import { renderReport, type SignatureFacts } from '../report-view.ts';
import { renderReports } from '../reports-view.ts';
import type { CommonOptions } from './options.ts';

export interface ReportOptions extends CommonOptions {
  readonly drill: string;
  readonly format: (typeof reportFormats)[number];
}

/** What a report can be written as: for people, as it is, as it was signed, and the key of its signature. */
export const reportFormats = ['text', 'markdown', 'json', 'jws', 'key'] as const;

/** Writes the report in the form that was asked for. */
export async function showReport(io: Io, options: ReportOptions): Promise<0> {
  const target = await chooseTarget(await openClients(io, options), options);
  const drill = options.drill === 'latest' ? await latestDrill(target) : options.drill;
  const { client, system } = target;
  const format = options.json === true ? 'json' : options.format;
  if (format === 'markdown') io.stdout.write(await reportMarkdown(client, system, drill));
  else if (format === 'jws') io.stdout.write(`${await reportSignature(client, system, drill)}\n`);
  else if (format === 'key') printJson(io, await reportKey(client, system, drill));
  else await showAsRead(io, target, drill, format);
  return 0;
}

async function showAsRead(
  io: Io,
  { client, system }: Target,
  drill: string,
  format: 'text' | 'json',
): Promise<void> {
  const report = await reportOf(client, system, drill);
  if (format === 'json') return printJson(io, report);
  print(io, renderReport(report, await signatureOf(client, system, drill), viewOptions(io)));
}

async function signatureOf(client: ApiClient, system: string, drill: string): Promise<SignatureFacts> {
  try {
    return { key: await reportKey(client, system, drill) };
  } catch (thrown) {
    const failure = failureFrom(thrown);
    if (failure.code !== 'not-found') throw thrown;
    return { unsigned: failure.message };
  }
}

/** Lists the newest reports of a system. */
export async function listReports(io: Io, options: CommonOptions): Promise<0> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const reports = await client.call('reports', { params: { system } });
  if (options.json === true) printJson(io, reports, reports.reports);
  else print(io, renderReports(reports, viewOptions(io)));
  return 0;
}

async function latestDrill({ client, system }: Target): Promise<string> {
  const status = await client.call('status', {});
  const standing = status.systems.find((one) => one.system === system);
  if (standing === undefined) throw unknownSystem(system, [status]);
  if (standing.drill !== undefined) return standing.drill.id;
  if (standing.drillUnreadable !== undefined) {
    throw new Failure(
      'bad-document',
      `The report of the last drill of ${system} in ${client.region} cannot be shown: ${standing.drillUnreadable}`,
      'Look at it in the vault, or name another drill with --drill.',
    );
  }
  throw new Failure(
    'not-found',
    `No drill of ${system} in ${client.region} has ended yet.`,
    `Make one: lifeboat drill --system ${system} --region ${client.region} --wait`,
  );
}
