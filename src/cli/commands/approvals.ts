/**
 * `lifeboat approvals | approve | reject`: what waits for a second person, and deciding on it by its id or its digest. What
 * lets something be deleted is approved once the system's name was typed.
 */
import type { ApprovalView } from '../../contracts/api/approvals.ts';
import { documentDigest } from '../../contracts/values.ts';
import { Failure } from '../../policy/failure.ts';
import { decisionText, nextText, renderApproval, renderApprovals } from '../approvals-view.ts';
import type { ApiClient } from '../client.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import { print, printJson, say, sayFailure, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { askAll, chooseTarget, openClients } from '../regions.ts';
import { approvalsOf } from '../whole-lists.ts';
import type { CommonOptions } from './options.ts';

/** Shows one thing that waits or was decided, with all that it would do. */
export async function showApproval(io: Io, id: string, options: CommonOptions): Promise<WorkExit> {
  const { client, view } = await find(await openClients(io, options), id, options);
  const whole = await client.call('approval', { params: { system: view.system, digest: view.digest } });
  if (options.json === true) printJson(io, whole);
  else print(io, renderApproval(whole, viewOptions(io)));
  return 0;
}

/** Shows what waits, everywhere or of those named; exits 3 if a region gave no answer. */
export async function showApprovals(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { answers, unanswered } = await askAll(await openClients(io, options), (client) =>
    approvalsOf(client, options.system),
  );
  const approvals = answers.flat();
  if (options.json === true) printJson(io, { approvals }, approvals);
  else print(io, renderApprovals(approvals, viewOptions(io)));
  for (const { client, failure } of unanswered) sayFailure(io, failure, `${client.region}: NO ANSWER: `);
  return unanswered.length > 0 ? 3 : 0;
}

export interface DecideOptions extends CommonOptions, Confirmed {
  readonly reason: string;
}

/** Decides on one of them. */
export async function decideOn(
  io: Io,
  decision: 'approve' | 'reject',
  { id, options }: { readonly id: string; readonly options: DecideOptions },
): Promise<WorkExit> {
  const { client, view } = await find(await openClients(io, options), id, options);
  const { system, digest, kind } = view;
  for (const line of renderApproval(view, { ...viewOptions(io), isBeingDecided: true })) say(io, line);
  if (decision === 'approve' && (kind === 'prune' || kind === 'estate')) {
    const sentence = 'What is deleted by it cannot be brought back.';
    await confirmDeed(io, { name: system, sentence }, options);
  }
  const said = await client.call(decision, { params: { system }, body: { digest, reason: options.reason } });
  if (options.json === true) printJson(io, said);
  else print(io, [decisionText(said)]);
  const next = nextText(said, view);
  if (next !== undefined) say(io, next);
  return 0;
}

interface Found {
  readonly client: ApiClient;
  readonly view: ApprovalView;
}

/** The one that waits under an id or a digest; a digest is asked for by itself where it does not wait (any more). */
async function find(clients: readonly ApiClient[], id: string, options: CommonOptions): Promise<Found> {
  const { answers, unanswered } = await askAll(clients, async (client) =>
    (await approvalsOf(client, options.system)).map((view) => ({ client, view })),
  );
  const found = answers.flat().filter(({ view }) => view.id === id || view.digest === id);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only !== undefined)
    throw new Failure(
      'bad-input',
      `Several wait under ${id}:\n${found.map(({ view }) => `  --system ${view.system} --region ${view.region}`).join('\n')}`,
      'Name one of them.',
    );
  if (documentDigest.safeParse(id).success) {
    const { client, system } = await chooseTarget(clients, options);
    return { client, view: await client.call('approval', { params: { system, digest: id } }) };
  }
  const [silent] = unanswered;
  if (silent !== undefined) throw silent.failure;
  throw new Failure('not-found', `Nothing waits under ${id}.`, 'See what waits with: lifeboat approvals');
}
