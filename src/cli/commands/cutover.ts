/**
 * `lifeboat cutover plan | request | show | list | break-glass | cancel | back`. Whoever asks for one types the name of the
 * server that the system will run on.
 */
import type { CutoverPlanResponse } from '../../contracts/api/cutovers.ts';
import { sayWhoApproves } from '../approver.ts';
import type { ApiClient } from '../client.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import { cutoverLossText, renderCutover, renderCutoverPlan, renderCutovers } from '../cutover-view.ts';
import { print, printJson, say, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { chooseTarget, openClients } from '../regions.ts';
import { follow, startedBy } from './follow.ts';
import { amongNewest } from './among-newest.ts';
import type { CommonOptions } from './options.ts';
import type { StartOptions } from './start.ts';

export interface CutoverPlanOptions extends CommonOptions {
  readonly without?: readonly string[];
}

/** Has a cutover planned and shows the plan. */
export async function showCutoverPlan(
  io: Io,
  restore: string,
  options: CutoverPlanOptions,
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const answer = await client.call('planCutover', {
    body: { system, restore, without: [...(options.without ?? [])] },
  });
  return showPlan(io, answer, options);
}

function showPlan(io: Io, answer: CutoverPlanResponse, options: CommonOptions): WorkExit {
  if (options.json === true) printJson(io, answer);
  else print(io, renderCutoverPlan(answer, viewOptions(io)));
  return 0;
}

export interface CutoverRequestOptions extends StartOptions, Confirmed {
  readonly plan: string;
  readonly reason: string;
}

/** Asks for a cutover; with `--wait` the exit code says what it came to. */
export async function requestCutover(io: Io, options: CutoverRequestOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const planned = await client.call('cutoverPlan', { params: { system, digest: options.plan } });
  return askFor(io, client, planned, options);
}

export interface BackOptions extends StartOptions, Confirmed, CutoverPlanOptions {
  readonly reason: string;
  readonly dryRun?: boolean;
}

/** Plans the way back and asks for it. */
export async function goBack(io: Io, cutover: string, options: BackOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const planned = await client.call('planCutover', {
    body: { system, back: cutover, without: [...(options.without ?? [])] },
  });
  if (options.dryRun === true) return showPlan(io, planned, options);
  for (const line of renderCutoverPlan(planned, viewOptions(io))) say(io, line);
  return askFor(io, client, planned, options);
}

async function askFor(
  io: Io,
  client: ApiClient,
  { digest, plan }: CutoverPlanResponse,
  options: StartOptions & Confirmed & { readonly reason: string },
): Promise<WorkExit> {
  const { system, cutover, name, approval } = plan;
  const sentence = `Points ${system} in ${client.region} at ${name}. Lost: ${cutoverLossText(plan)}.`;
  await confirmDeed(io, { name, sentence }, options);
  const { reason } = options;
  const response = await client.call('requestCutover', {
    body: { system, plan: digest, reason, confirm: name },
  });
  if (approval.by === 'another-person') {
    const asking = {
      ...{ show: `lifeboat cutover show ${cutover}`, approve: `lifeboat approve ${digest}` },
      scope: `--system ${system} --region ${client.region}`,
    };
    await sayWhoApproves(io, asking, options);
  }
  return follow(io, options, startedBy(client, response), []);
}

/** Shows one cutover: what was said to it, how its hooks went, its plan. */
export async function showCutover(io: Io, id: string, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { cutovers } = await client.call('cutovers', { params: { system } });
  const view = amongNewest(cutovers, { noun: 'cutover', id, place: `${system} in ${client.region}` });
  if (options.json === true) printJson(io, view);
  else print(io, renderCutover(view, viewOptions(io)));
  return 0;
}

/** Shows the newest cutovers of a system, and the one that is in force. */
export async function showCutovers(io: Io, options: CommonOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.call('cutovers', { params: { system } });
  if (options.json === true) printJson(io, response, response.cutovers);
  else print(io, renderCutovers(response, viewOptions(io)));
  return 0;
}

/** Goes on alone. */
export async function goOnAlone(
  io: Io,
  id: string,
  options: CommonOptions & { readonly digest: string; readonly reason: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { digest, reason } = options;
  const said = await client.call('breakGlassCutover', {
    params: { system, cutover: id },
    body: { digest, reason },
  });
  if (options.json === true) printJson(io, said);
  else print(io, [`${said.cutover} is carried out without a second person, which everybody is told.`]);
  say(io, `Watch it with: lifeboat operation ${said.operation} --wait`);
  return 0;
}

/** Cancels a cutover that nobody has permitted yet. */
export async function cancelCutover(
  io: Io,
  id: string,
  options: CommonOptions & { readonly reason: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const said = await client.call('cancelCutover', {
    params: { system, cutover: id },
    body: { reason: options.reason },
  });
  if (options.json === true) printJson(io, said);
  else print(io, [`${said.cutover} is cancelled; none of its hooks is run.`]);
  return 0;
}
