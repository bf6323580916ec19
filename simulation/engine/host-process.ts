/**
 * One process of the host, from its start to its death: the product's own activities and workflows over ports that
 * pass through this life, on a durable engine over the hub's store, which outlives it.
 */
import { DurableEngine } from '../../local/functions-host/durable/engine.ts';
import type { DurableFunctions } from '../../local/functions-host/durable/durable-functions.ts';
import type { OrchestratorFunction } from '../../local/functions-host/durable/plain-functions.ts';
import { allActivities } from '../../src/activities/all.ts';
import { AuditLog } from '../../src/activities/audit-log.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { App } from '../../src/app/compose.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import type { TaskHub, TaskHubHistories } from '../../src/ports/task-hub.ts';
import { MemoryScanner } from '../../test/support/memory-scanner.ts';
import { workflows } from '../../test/support/workflows.ts';
import type { Watchers } from '../invariants/watchers.ts';
import { blobWriterOf, contentDeleterOf, contentsOf, copiesOf } from '../ports/blobs.ts';
import { databasesOf, type OpenSessions } from '../ports/databases.ts';
import { signerOf } from '../ports/signer.ts';
import { httpOf } from '../ports/http.ts';
import { scratchOf } from '../ports/scratch.ts';
import { serverDeleterOf, serverReaderOf, serverSettingsOf, serverWriterOf } from '../ports/servers.ts';
import { segmentsOf } from '../ports/segments.ts';
import { vaultOf } from '../ports/vault.ts';
import { region, type World } from '../world/world.ts';
import { hubOf } from './hub.ts';
import { KeptOrchestrations } from './kept-orchestrations.ts';
import { Life } from './life.ts';

/** One turn in so many replays its whole history although its process lives. */
const turnsPerReplay = 100;

export class HostProcess {
  readonly life: Life;
  readonly engine: DurableEngine;
  readonly hub: TaskHub & TaskHubHistories;
  /** What the product's timer functions work with. */
  readonly app: App;
  readonly sessions: OpenSessions = { open: 0 };

  constructor(world: World, watchers: Watchers, newId: () => string, whenDead: () => void) {
    const { timeline, trace, faults } = world;
    this.life = new Life({ timeline, trace, faults, skew: () => world.skewMs, whenDead });
    const deps = dependenciesOf(world, watchers, this.life, this.sessions);
    this.engine = new DurableEngine({
      store: this.life.storeOver(world.hub),
      clock: this.life.engineClock(),
      newId,
      functions: functionsOf(world, watchers, deps, this.life),
    });
    this.hub = hubOf(this.life, faults, this.engine, watchers);
    this.app = {
      settings: {} as App['settings'],
      deps,
      activities: [],
      systems: deps.estate.systems.map(({ id }) => id),
    };
  }
}

function dependenciesOf(world: World, watchers: Watchers, life: Life, sessions: OpenSessions): Dependencies {
  const { faults, provider, account } = world;
  const clock = world.hostClock();
  const contents = contentsOf(life, faults, account);
  const scratch = scratchOf(life, world.scratch, watchers.servers);
  const vault = vaultOf(life, faults, world.vault, () => clock.now().toFormat('yyyy-MM-dd'));
  const segments = segmentsOf(life, faults, world.vault);
  return {
    ...{ estate: world.estate, estateDigest: digestOf(world.estate), region },
    ...{ softwareVersion: '0.1.0', actor: 'lifeboat', clock, contents },
    ...{ vault, vaultDeleter: vault },
    ...{ segments, auditLog: new AuditLog(segments, clock, 'lifeboat') },
    checkpoints: segmentsOf(life, faults, world.checkpoints),
    servers: {
      ...serverReaderOf(life, faults, provider, account.keeping),
      ...serverWriterOf(life, provider),
    },
    settings: serverSettingsOf(life, provider),
    ...{ scratch, scratchDeleter: scratch },
    http: httpOf(life, world.application),
    deleter: serverDeleterOf(life, provider),
    databases: databasesOf(
      life,
      world.database.all,
      sessions,
      (address, sql) => !world.isProtected(address) && faults.isMute(sql),
    ),
    contentDeleter: contentDeleterOf(life, faults, account, watchers.blobs),
    scanner: new MemoryScanner(contents, clock),
    copies: copiesOf(life, faults, account),
    blobWriter: blobWriterOf(life, account, watchers.blobs),
    signer: signerOf(life, world.signer),
    referenceClocks: {
      offsets: () =>
        life.call('clock', 'once', () => {
          const seconds = faults.happens('stale') ? undefined : -world.skewMs / 1000;
          return [
            { source: 'storage', seconds: -world.skewMs / 1000 },
            { source: 'resource manager', seconds },
          ];
        }),
    },
  };
}

/** The product's functions by name, its activities at times run twice or lost as a platform does. */
function functionsOf(world: World, watchers: Watchers, deps: Dependencies, life: Life): DurableFunctions {
  const { faults, trace } = world;
  const activities = new Map(allActivities(deps).map((one) => [one.name.toLowerCase(), one]));
  const orchestrators = new Map(Object.entries(workflows).map(([name, one]) => [name.toLowerCase(), one]));
  let turns = 0;
  const kept = new KeptOrchestrations(() => (turns += 1) % turnsPerReplay === 0);
  return {
    has: (kind, name) => (kind === 'orchestrator' ? orchestrators : activities).has(name.toLowerCase()),
    runOrchestrator(name, turn) {
      world.workflowsRun.add(name);
      return kept.run(name, orchestrators.get(name.toLowerCase()) as OrchestratorFunction, turn);
    },
    async runActivity(name, input, instanceId) {
      const activity = activities.get(name.toLowerCase());
      if (activity === undefined) throw new Error(`there is no activity ${name}`);
      watchers.schedules.acts(instanceId, name);
      const run = (): Promise<unknown> => activity.run(JSON.parse(input ?? 'null'), instanceId);
      if (faults.happens('activityLost')) {
        // What is given up as lost may be at work all the same.
        const goesOn = faults.happens('stale');
        trace.add(`activity ${name} !lost${goesOn ? ', and goes on' : ''}`);
        if (goesOn) void run();
        throw new Error('the worker was lost');
      }
      const isAgain = faults.happens('again');
      const isAtOnce = isAgain && faults.happens('stale');
      trace.add(`activity ${name}${isAtOnce ? ' !twice at once' : isAgain ? ' !twice' : ''}`);
      // Of two at once the first answer counts; the other one goes on unheard.
      let outcome = await (isAtOnce ? Promise.race([run(), run()]) : run());
      if (isAgain && !isAtOnce) outcome = await run();
      return life.isAlive ? JSON.stringify(outcome) : new Promise<string>(() => undefined);
    },
    runEntity: () => Promise.reject(new Error('there is no entity')),
  };
}
