/** Of Lifeboat's own documents only what scans worked with is ever removed, and nothing of a scan without a result. */
import type { World } from '../world/world.ts';
import type { Verdict } from './broken.ts';

const removable = /^(v1\/[^/]+\/[^/]+)\/(?:scan-records|expected|scan-parts|scan-plans)\/(scan-\w+)\/[^/]/;

/** Looks at a document that is about to be removed. */
export function mustBeOfNoUse(world: World, verdict: Verdict, path: string): void {
  const [, root, scan] = removable.exec(path) ?? [];
  verdict.must(root !== undefined, 'only-working-documents', () => `${path} is removed`);
  const claim = world.vault.text(`${root}/slots/scan-${scan?.slice('scan-'.length)}.json`);
  const isOver =
    world.vault.get(`${root}/scans/${scan}.json`) !== undefined || claim?.includes('"finished"') === true;
  verdict.must(isOver, 'only-working-documents', () => `${path} is removed before its scan has ended`);
}
