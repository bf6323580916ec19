/** `lifeboat report`: the report of one drill, the last one unless another is named. */
import { Failure } from '../../policy/failure.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { chooseTarget, openClients, unknownSystem, type Target } from '../regions.ts';
import { renderReport } from '../report-view.ts';
import type { CommonOptions } from './options.ts';

export interface ReportOptions extends CommonOptions {
  readonly drill: string;
  readonly format: 'text' | 'markdown' | 'json';
}

/** Writes the report in the form that was asked for. */
export async function showReport(io: Io, options: ReportOptions): Promise<0> {
  const target = await chooseTarget(await openClients(io, options), options);
  const drill = options.drill === 'latest' ? await latestDrill(target) : options.drill;
  const { client, system } = target;
  if (options.format === 'markdown' && options.json !== true) {
    io.stdout.write(await client.reportMarkdown(system, drill));
    return 0;
  }
  const report = await client.report(system, drill);
  if (options.format === 'json' || options.json === true) printJson(io, report);
  else print(io, renderReport(report, viewOptions(io)));
  return 0;
}

async function latestDrill({ client, system }: Target): Promise<string> {
  const status = await client.status();
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
