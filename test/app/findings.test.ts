/** The findings of a scan: page after page by the view, and where a page may begin by its route. */
import { beforeEach, describe, expect, test } from 'vitest';
import { continuationAt } from '../../src/app/api/paging.ts';
import { viewFindings, type FindingsPage } from '../../src/app/views.ts';
import { problemDocument } from '../../src/contracts/api/problem.ts';
import { scanFindingsResponse, type ScanFindingsResponse } from '../../src/contracts/api/scans.ts';
import { noCounts, type ScanDocument, type ScanFinding } from '../../src/contracts/scan-documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { TestApi, type Answer } from '../support/api.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const scan = 'scan-20260301T010000Z';
const newer = 'scan-20260301T020000Z';
const mostInPage = 1_000;
let world: World;

beforeEach(() => {
  const estate = structuredClone(sampleEstate());
  estate.systems.push({ ...structuredClone(estate.systems[0]!), id: 'second', name: 'Second' });
  world = makeWorld(new VirtualWallClock(), { estate });
});

const findingNamed = (name: string): ScanFinding => ({
  ...{ store: 'files', verdict: 'digest-mismatch' as const, name, detail: 'as it was found' },
});

/** Stores a scan whose parts hold so many findings each; their names in order. */
function putScan(id: string, ...parts: readonly number[]): string[] {
  const document: ScanDocument = {
    ...{ schema: 'lifeboat/scan/v2', id, ...scope, mode: 'cycle', isWhole: true, points: [], incomplete: [] },
    ...{ startedAt: '2026-03-01T01:00:00.000Z', endedAt: '2026-03-01T01:01:00.000Z' },
    ...{ outcome: 'damaged', detail: 'as it is', counts: noCounts, stores: [] },
    findings: parts.some((count) => count > 0) ? [findingNamed('one of the worst')] : [],
  };
  world.vault.put(vaultPaths.scan(scope, id), JSON.stringify(document));
  const names: string[] = [];
  for (const [part, count] of parts.entries()) {
    const here = Array.from({ length: count }, (_, index) => `${id} ${part} ${index}`);
    names.push(...here);
    const body = {
      scan: id,
      store: 'files',
      shard: 'all',
      counts: noCounts,
      findings: here.map(findingNamed),
    };
    const path = vaultPaths.scanPart(scope, id, 'files', 'all', part);
    world.vault.put(path, JSON.stringify({ schema: 'lifeboat/scan-part/v2', ...body }));
  }
  return names;
}

/** Every page, as somebody reads them who takes `next` from the page before; in the form that the API promises. */
async function pagesOf(named: string): Promise<FindingsPage[]> {
  const pages: FindingsPage[] = [];
  for (let from: number | undefined = 0; from !== undefined; from = pages.at(-1)?.next) {
    const page = await viewFindings(world.deps, 'shop', named, from);
    expect(scanFindingsResponse.parse(JSON.parse(JSON.stringify(page)))).toBeDefined();
    pages.push(page);
  }
  return pages;
}
const namesIn = (page: Pick<ScanFindingsResponse, 'findings'>): string[] =>
  page.findings.map(({ name }) => name);

describe('the findings of a scan', () => {
  test('whose parts were removed are the worst ones, which its result keeps', async () => {
    putScan(scan, 3);
    for (const path of world.vault.paths(vaultPaths.scanParts(scope, scan))) world.vault.remove(path);
    expect((await pagesOf(scan)).flatMap(namesIn)).toEqual(['one of the worst']);
  });

  test.each<[string, number[], number[]]>([
    ['none', [], [0]],
    ['none in any of its parts', [0, 0], [0]],
    ['one', [1], [1]],
    ['a whole page in one part', [1_000], [1_000]],
    ['a whole page in several parts', [400, 0, 599, 1], [1_000]],
    ['one more than a page', [1_000, 1], [1_000, 1]],
    ['a part that spans pages', [300, 2_400, 50], [1_000, 1_000, 750]],
    ['two whole pages', [1_000, 1_000], [1_000, 1_000]],
  ])('of %s come in order, each once, in pages', async (_what, parts, pages) => {
    const names = putScan(scan, ...parts);
    const got = await pagesOf(scan);
    expect(got.map((page) => page.findings.length)).toEqual(pages);
    expect(got.flatMap(namesIn)).toEqual(names);
    expect(got.map((page) => page.next)).toEqual(pages.map((_page, at) => nextOf(at, pages.length)));
    for (const page of got) expect(page.scan).toMatchObject({ id: scan, outcome: 'damaged' });
    for (const page of got) expect(page.scan).not.toHaveProperty('findings');
  });

  test('from any place on go on just there, and end after the last one', async () => {
    const names = putScan(scan, 700, 800);
    for (const from of [0, 1, 499, 500, 501, 699, 700, 701, 1_499]) {
      const page = await viewFindings(world.deps, 'shop', scan, from);
      expect(namesIn(page)).toEqual(names.slice(from, from + mostInPage));
      expect(page.next).toBe(from + mostInPage < names.length ? from + mostInPage : undefined);
    }
    for (const from of [1_500, 1_501, 1_000_000]) {
      const page = await viewFindings(world.deps, 'shop', scan, from);
      expect(page).toMatchObject({ findings: [], scan: { id: scan } });
      expect(page).not.toHaveProperty('next');
    }
  });

  test('of the latest scan are those of the newest one, whatever an older one found', async () => {
    putScan(scan, 3);
    const names = putScan(newer, 2);
    expect((await pagesOf('latest')).flatMap(namesIn)).toEqual(names);
    expect((await pagesOf(scan)).flatMap(namesIn)).toHaveLength(3);
  });

  test.each(['latest', scan, 'scan-1', '', `../scans/${scan}`, `${scan}/..`, `${scan}\n`])(
    'of a scan "%s" that is not there are not found, and nothing else is read for it',
    async (named) => {
      if (named !== 'latest' && named !== scan) putScan(scan, 1);
      world.vault.faults.calls.length = 0;
      await expect(viewFindings(world.deps, 'shop', named, 0)).rejects.toMatchObject({
        code: 'not-found',
        message: `there is no scan ${JSON.stringify(named)} of shop in westeurope`,
        hint: expect.stringContaining('lifeboat scan run') as string,
      });
      expect(world.vault.faults.calls.filter((call) => call.includes('scan-parts'))).toEqual([]);
    },
  );

  test('of another system, or of one that is not protected, are not shown', async () => {
    putScan(scan, 1);
    for (const system of ['second', 'nobody'])
      await expect(viewFindings(world.deps, system, scan, 0)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of which a document is damaged are not shown as if there were fewer', async () => {
    putScan(scan, 2, 2);
    const path = vaultPaths.scanPart(scope, scan, 'files', 'all', 1);
    world.vault.put(path, '{ cut');
    await expect(viewFindings(world.deps, 'shop', scan, 0)).rejects.toMatchObject({
      code: 'bad-document',
      message: `${path} in the vault is no JSON`,
    });
  });
});

describe('the route of the findings', () => {
  /** What the route answers to a query. */
  const ask = async (query: string, named = scan): Promise<Answer> =>
    (await TestApi.over(world)).get(`scans/shop/${named}/findings${query}`);

  test('begins with the first one unless it is asked otherwise', async () => {
    const names = putScan(scan, 5);
    for (const [query, from] of [
      ['', 0],
      [`?continuation=${continuationAt(3)}`, 3],
      [`?continuation=${continuationAt(5)}`, 5],
    ] as const) {
      const { status, json } = await ask(query);
      expect([status, namesIn(scanFindingsResponse.parse(json))]).toEqual([200, names.slice(from)]);
    }
  });

  test.each(['-1', '1.5', 'MTIz=', 'NaN', continuationAt(Number.NaN), '1,000', '0..10', '%00', ''])(
    'refuses to begin at %s, and says where to take the place from',
    async (from) => {
      putScan(scan, 5);
      world.vault.faults.calls.length = 0;
      const { status, json } = await ask(`?continuation=${from}`);
      expect([status, problemDocument.parse(json)]).toMatchObject([
        400,
        {
          code: 'bad-input',
          errors: [
            { at: 'query.continuation', detail: expect.stringMatching(/of the page before/) as string },
          ],
        },
      ]);
      expect(world.vault.faults.calls).toEqual([]);
    },
  );

  test('answers 404 with a problem where there is no such scan', async () => {
    const { status, json } = await ask('', 'scan-20200101T000000Z');
    expect([status, problemDocument.parse(json).code]).toEqual([404, 'not-found']);
  });
});

/** Where the page after this one begins. */
function nextOf(page: number, pages: number): number | undefined {
  return page + 1 < pages ? (page + 1) * mostInPage : undefined;
}
