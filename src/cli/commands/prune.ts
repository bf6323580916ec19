/** `lifeboat prune explain`: why something is still there, or why it is gone, with what that rests on. */
import type { ExplanationResponse } from '../../contracts/api/retention.ts';
import { failureCodes } from '../../policy/failure.ts';
import { paragraph } from '../format.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import { palette } from '../palette.ts';
import { chooseTarget, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';

/** Explains one id; exit 4 if nothing is known of it. */
export async function explainItem(io: Io, id: string, options: CommonOptions): Promise<number> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const explanation = await client.call('pruneExplanation', { params: { system }, query: { id } });
  if (options.json === true) printJson(io, explanation);
  else print(io, describe(explanation, viewOptions(io)));
  return explanation.state === 'unknown' ? failureCodes['not-found'].exit : 0;
}

function describe(
  { headline, statements, nearest }: ExplanationResponse,
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  return [
    ...paragraph('', headline, width).map(palette(color).strong),
    ...statements
      .filter(({ text }) => !isSaid(headline, text))
      .flatMap(({ at, text }) => paragraph('  ', `${at}  ${text}`, width)),
    ...(nearest.length === 0 ? [] : paragraph('  ', `Nearly so: ${nearest.join(', ')}`, width)),
  ];
}

/** What is judged now is the headline already. */
const isSaid = (headline: string, text: string): boolean =>
  text.startsWith('now: ') && headline.toLowerCase().includes(text.slice('now: '.length).toLowerCase());
