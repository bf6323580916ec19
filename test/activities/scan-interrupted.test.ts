/** Scans that the platform disturbs: whatever is run twice, lost or begun again, what is found and known is the same. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ScanDocument } from '../../src/contracts/scan-documents.ts';
import { findingsOf } from '../../src/activities/scan/findings.ts';
import { budget } from '../budget.ts';
import { takeSnapshot } from '../support/drill-steps.ts';
import type { Fault } from '../support/faults.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { scanAll } from '../support/scan-steps.ts';
import { divideFinely } from '../support/small-shards.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { layout, makeWorld, type World } from '../support/world.ts';

const nameOf = (content: string): string => {
  const hex = createHash('sha256').update(content).digest('hex');
  return `${hex.slice(0, 2)}/${hex}`;
};
const day = 86_400;

/** A world before its second scan: of seventeen blobs each kind of damage, in a few parts or in sixteen shards. */
async function beforeSecondNight(division: 'parts' | 'shards'): Promise<World> {
  const clock = new VirtualWallClock();
  const estate = structuredClone(sampleEstate());
  estate.systems[0]!.scrub.cycle = 'P7D';
  const world = makeWorld(clock, { estate });
  const contents = Array.from({ length: 14 }, (_, n) => `content ${n}`);
  world.source.references.push(...contents.map((content) => world.contents.put(content, layout)));
  world.contents.put('left over', layout);
  world.contents.put('passing', layout);
  await takeSnapshot(world);
  if (division === 'shards') divideFinely(world, 8);
  clock.advance(day);
  expect((await scanAll(world)).counts).toMatchObject({ blobs: 19, ok: 19 });
  clock.advance(day);
  world.contents.damage(nameOf('content 1'), 'flip');
  world.contents.damage(nameOf('content 2'), 'cut');
  world.contents.blobs.delete(nameOf('content 3'));
  world.contents.blobs.delete(nameOf('passing'));
  world.contents.put('new', layout);
  world.contents.blobs.set('odd', Buffer.from('x'));
  if (division === 'parts') {
    world.contents.pageSize = 5;
    const listPage = world.contents.listPage.bind(world.contents);
    world.contents.listPage = (...given) => (clock.advance(11), listPage(...given));
  }
  return world;
}

/** Everything that a scan leaves, as far as it does not tell at which second something was done. */
interface Left {
  readonly scan: ScanDocument;
  readonly findings: string[];
  readonly records: string[];
}

async function secondNight(world: World): Promise<Left> {
  const scan = await scanAll(world, { mode: 'full' });
  const findings: string[] = [];
  for await (const some of findingsOf(world.deps, scope, scan.id))
    findings.push(...some.map(({ verdict, name, detail }) => `${verdict} ${name} ${detail}`));
  const records: string[] = [];
  for (const path of world.vault.paths('v1/shop/westeurope/scrub/')) {
    const [header = ''] = world.vault.text(path).split('\n', 1);
    const { writtenAt: _at, oldest: _oldest, ...rest } = JSON.parse(header) as Record<string, unknown>;
    records.push(JSON.stringify(rest));
  }
  return { scan, findings: findings.toSorted(), records };
}

/** What does not depend on when. */
const timeless = ({ scan, findings, records }: Left): unknown => {
  const { startedAt: _from, endedAt: _to, stores, ...rest } = scan;
  return { rest, stores: stores.map(({ debtSeconds: _debt, ...store }) => store), findings, records };
};

/** An activity that fails is run again, as its orchestration does when the failure may pass. */
function tryAgain(world: World): void {
  const run = world.run.bind(world);
  world.run = async (name, input) => {
    const first = await run(name, input);
    return first.outcome === 'failed' && first.failure.retryable ? run(name, input) : first;
  };
}

describe.each(['parts', 'shards'] as const)('a scan in several %s', (division) => {
  let undisturbed: Left;
  let writes: string[];
  beforeAll(async () => {
    const world = await beforeSecondNight(division);
    const before = world.vault.faults.calls.length;
    undisturbed = await secondNight(world);
    writes = world.vault.faults.calls.slice(before).filter((call) => /^(?:create|replace) /.test(call));
  });

  test('finds each kind of damage once when nothing disturbs it', () => {
    expect(undisturbed.scan).toMatchObject({
      outcome: 'damaged',
      counts: { blobs: 19, ok: 16, 'digest-mismatch': 1, 'wrong-size': 1, missing: 2, 'not-an-address': 1 },
    });
    expect(undisturbed.scan.stores[0]!.shards).toBe(division === 'parts' ? 1 : 17);
    expect(writes.length).toBeGreaterThan(10);
  });

  test('comes to the same when every activity is run twice', async () => {
    const world = await beforeSecondNight(division);
    const run = world.run.bind(world);
    world.run = async (name, input) => {
      const first = await run(name, input);
      const second = await run(name, input);
      expect({ name, second }).toEqual({ name, second: first });
      return second;
    };
    expect(timeless(await secondNight(world))).toEqual(timeless(undisturbed));
  });

  test('comes to the same when every activity is run twice at the same time', async () => {
    const world = await beforeSecondNight(division);
    const run = world.run.bind(world);
    world.run = async (name, input) => (await Promise.all([run(name, input), run(name, input)]))[0];
    expect(timeless(await secondNight(world))).toEqual(timeless(undisturbed));
  });

  test.each<Fault>(['before', 'after'])(
    'comes to the same when any of its writes is lost (%s its effect)',
    async (fault) => {
      const step = Math.max(1, Math.floor(writes.length / budget.scanWritesLost));
      for (let lost = 0; lost < writes.length; lost += step) {
        const world = await beforeSecondNight(division);
        tryAgain(world);
        // Counted from here: `create` and `replace` of the vault alone.
        const before = { create: 0, replace: 0 };
        for (const call of writes.slice(0, lost))
          before[call.startsWith('create') ? 'create' : 'replace'] += 1;
        const method = writes[lost]!.startsWith('create') ? 'create' : 'replace';
        world.vault.faults.on(`${method} `, fault, { skip: before[method] });
        const left = await secondNight(world);
        expect({ lost: writes[lost], left: timeless(left) }).toEqual({
          lost: writes[lost],
          left: timeless(undisturbed),
        });
      }
    },
  );
});
