/** `lifeboat cycle | snapshot | scan | prune | drill`: starts work, and with `--wait` follows it to its end. */
import type { z } from 'zod';
import type { askedScenario } from '../../contracts/drill.ts';
import { confirmDeed, type Confirmed } from '../confirm.ts';
import type { Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { askAll, chooseTarget, findTargets, openClients } from '../regions.ts';
import { follow, startedBy } from './follow.ts';
import type { CommonOptions } from './options.ts';
import { scanOrderOf, type ScanOptions } from './scan.ts';

export interface StartOptions extends CommonOptions {
  readonly wait?: boolean;
  readonly point?: string;
  readonly seed?: number;
  readonly scenario?: z.infer<typeof askedScenario>;
  readonly cleanUpDelay?: number;
  readonly dryRun?: boolean;
}

/** Starts the cycle: of every system in every region, or of those that the options name. */
export async function startCycles(io: Io, options: StartOptions): Promise<WorkExit> {
  const clients = await openClients(io, options);
  const delay = delayOf(options);
  const { system } = options;
  const asked =
    system === undefined || options.region !== undefined
      ? clients
      : (await findTargets(clients, options)).map((one) => one.client);
  const body = system === undefined ? delay : { system, ...delay };
  const { answers, unanswered } = await askAll(asked, async (client) =>
    startedBy(client, await client.call('startCycle', { body: body })),
  );
  return follow(io, options, answers.flat(), unanswered);
}

/** Starts a snapshot of one system. */
export async function startSnapshot(io: Io, options: StartOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  return follow(io, options, startedBy(client, await client.call('startSnapshot', { body: { system } })), []);
}

/** Starts an integrity scan of one system. */
export async function startScan(io: Io, options: ScanOptions): Promise<WorkExit> {
  const order = scanOrderOf(options);
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  return follow(
    io,
    options,
    startedBy(client, await client.call('startScan', { body: { system, ...order } })),
    [],
  );
}

/** Starts a prune of one system, or its dry run, or carries out a plan that was held. */
export async function startPrune(
  io: Io,
  options: StartOptions & Confirmed & { readonly plan?: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const what = options.plan === undefined ? 'what is past its retention window' : 'what the plan names';
  const sentence = `Deletes of ${system} in ${client.region} for good ${what}; --dry-run shows it first.`;
  if (options.dryRun !== true) await confirmDeed(io, { name: system, sentence }, options);
  const response = await client.call('startPrune', {
    body: {
      system,
      ...(options.dryRun === true ? { dryRun: true } : {}),
      ...(options.plan === undefined ? {} : { plan: options.plan }),
    },
  });
  return follow(io, options, startedBy(client, response), []);
}

/** Starts a repair of what the newest scan, or one that is named, found damaged; or its dry run. */
export async function startRepair(
  io: Io,
  options: StartOptions & { readonly scan?: string; readonly store?: string },
): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const response = await client.call('startRepair', {
    body: {
      system,
      ...(options.scan === undefined ? {} : { scan: options.scan }),
      ...(options.point === undefined ? {} : { point: options.point }),
      ...(options.store === undefined ? {} : { store: options.store }),
      ...(options.dryRun === true ? { dryRun: true } : {}),
    },
  });
  return follow(io, options, startedBy(client, response), []);
}

/** Starts a restore drill of one system. */
export async function startDrill(io: Io, options: StartOptions): Promise<WorkExit> {
  const { client, system } = await chooseTarget(await openClients(io, options), options);
  const { point, seed, scenario } = options;
  const response = await client.call('startDrill', {
    body: {
      system,
      ...(point === undefined ? {} : { point }),
      ...(seed === undefined ? {} : { seed }),
      ...(scenario === undefined ? {} : { scenario }),
      ...delayOf(options),
    },
  });
  return follow(io, options, startedBy(client, response), []);
}

const delayOf = ({ cleanUpDelay }: StartOptions): { cleanUpDelaySeconds?: number } =>
  cleanUpDelay === undefined ? {} : { cleanUpDelaySeconds: cleanUpDelay };
