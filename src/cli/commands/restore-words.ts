/** `lifeboat restore show | approve | reject | break-glass`: looking at a restore that was asked for, and deciding on it. */
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { renderRestore } from '../restore-plan-view.ts';
import { instantText } from '../format.ts';
import { amongNewest } from './among-newest.ts';
import type { CommonOptions } from './options.ts';

/** Shows one restore: its plan, who asked for it, what was said to it, what it came to. */
export async function showRestore(io: Io, id: string, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { restores } = await client.call('restores', { params: { system } });
  const view = amongNewest(restores, { noun: 'restore', id, place: `${system} in ${client.region}` });
  if (options.json === true) printJson(io, view);
  else print(io, renderRestore(view, viewOptions(io)));
  return 0;
}

export interface WordOptions extends CommonOptions {
  readonly digest: string;
  readonly reason: string;
}

/** The route of each word. */
const words = {
  approve: 'approveRestore',
  reject: 'rejectRestore',
  'break-glass': 'breakGlass',
} as const;
const done = {
  approve: 'approved',
  reject: 'rejected; nothing is restored',
  'break-glass': 'carried out without a second person, which everybody is told',
} as const;
export type RestoreWord = keyof typeof done;

/** Says a word on a restore by the digest of its plan. */
export async function sayOnRestore(
  io: Io,
  word: RestoreWord,
  { id, options }: { readonly id: string; readonly options: WordOptions },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { digest, reason } = options;
  const said = await client.call(words[word], { params: { system, restore: id }, body: { digest, reason } });
  const until = said.expiresAt === undefined ? '' : `, which counts until ${instantText(said.expiresAt)}`;
  if (options.json === true) printJson(io, said);
  else print(io, [`${said.restore} is ${done[word]}${until}.`]);
  say(io, `Watch it with: lifeboat operation ${said.operation} --wait`);
  return 0;
}
