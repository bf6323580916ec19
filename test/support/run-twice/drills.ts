/** The activities of a restore drill, as they are run twice. */
import type { DrillPlan } from '../../../src/contracts/documents.ts';
import { isoOf } from '../../../src/contracts/values.ts';
import { canonicalJson, digestOf } from '../../../src/policy/canonical-json.ts';
import { vaultPaths } from '../../../src/contracts/vault-paths.ts';
import { carryOut, planDrill, restoreServer, takeSnapshot, type Planned } from '../drill-steps.ts';
import { drillFactsOf } from '../drill-facts.ts';
import { scope, sourceServer } from '../sample-estate.ts';
import type { World } from '../world.ts';
import { accepted, documents, nothing, slot, type Entries } from './entry.ts';

const withDrill =
  (start: (world: World) => Promise<Planned>, more: object = {}) =>
  async (world: World): Promise<unknown> => {
    await takeSnapshot(world);
    return { ...(await start(world)).on, ...more };
  };

export const drills: Entries = {
  chooseScenario: { prepare: async () => ({ ...scope, slot }), effects: nothing },
  writeExercise: {
    prepare: async () => ({ ...scope, slot }),
    effects: (world) => world.source.exercise,
  },
  strikeExercise: {
    prepare: async (world) => {
      await world.value('writeExercise', { ...scope, slot });
      return { ...scope, slot, harm: 'deleted' };
    },
    effects: (world) => [
      ...documents(vaultPaths.reports(scope))(world),
      ...world.source.exercise.filter(({ item, content }) => item === 0 || content === undefined),
    ],
  },
  awaitFirstBackup: { prepare: withDrill(restoreServer), effects: nothing },
  writeLastRows: {
    prepare: async (world) => {
      await takeSnapshot(world);
      const { on } = await restoreServer(world);
      return { ...scope, plan: on.plan };
    },
    effects: (world) => documents(vaultPaths.reports(scope))(world),
  },
  planDrill: {
    prepare: async (world) => {
      await takeSnapshot(world);
      const declaredAt = isoOf(world.clock.now());
      return { ...scope, slot, trigger: 'schedule', point: 'latest', declaredAt, cleanUpDelaySeconds: 0 };
    },
    effects: (world) => world.vault.paths().filter((path) => path.includes('/plans/')),
  },
  beginRestore: { prepare: withDrill(planDrill), effects: accepted('restore') },
  openServer: {
    prepare: withDrill(async (world) => {
      const planned = await planDrill(world);
      await carryOut(world, 'beginRestore', planned.on);
      return planned;
    }),
    // The same rule put twice is one rule.
    effects: (world) => [...new Set(accepted('firewall-rule')(world))],
  },
  missingParameters: { prepare: withDrill(restoreServer), effects: nothing },
  setParameter: {
    prepare: async (world) => {
      world.servers.putParameter(sourceServer, 'work_mem', '8192');
      await takeSnapshot(world);
      return { ...(await restoreServer(world)).on, name: 'work_mem' };
    },
    // The same value set twice is one value.
    effects: (world) => [...new Set(accepted('parameter')(world))],
  },
  restartServer: { prepare: withDrill(restoreServer), effects: nothing },
  probeIsolation: { prepare: withDrill(restoreServer), effects: nothing },
  readIsolation: { prepare: withDrill(restoreServer), effects: nothing },
  runCheck: {
    prepare: withDrill(restoreServer, { check: 'fingerprint', portion: 0 }),
    effects: (world) => world.vault.paths().filter((path) => path.includes('/evidence/')),
  },
  // Deleting what is being deleted is one deletion to the provider.
  beginRemoval: {
    prepare: withDrill(restoreServer),
    effects: (world) => [...new Set(accepted('delete-server')(world))],
  },
  removeScratch: {
    prepare: async (world) => {
      await takeSnapshot(world);
      const { on, drill } = await planDrill(world);
      const plan = world.vault.json<DrillPlan>(vaultPaths.plan(scope, on.plan));
      const scratch = 'scratch-shop';
      const own = { ...plan, scratch };
      const digest = digestOf(own);
      const path = vaultPaths.plan(scope, digest);
      await world.vault.create(path, Buffer.from(canonicalJson(own)), 'application/json');
      await world.scratch.create(scratch, { ...scope, drill, expires: isoOf(world.clock.now()) });
      return { ...scope, plan: digest };
    },
    effects: (world) => world.scratch.effects,
  },
  finalizeReport: {
    prepare: async (world) => {
      await takeSnapshot(world);
      return drillFactsOf(world, await restoreServer(world));
    },
    effects: (world) => world.vault.paths().filter((path) => /report\.(json|md)$/.test(path)),
  },
};
