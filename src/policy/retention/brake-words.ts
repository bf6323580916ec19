/** What passed the brake's limits, in words. */
import type { BrakeGroup, BrakeState, LimitPassed } from './brake.ts';
import { serverWord } from './words.ts';

const groupWords: Record<BrakeGroup, string> = {
  automatic: 'automatic backups',
  'on-demand': 'on-demand backups',
  instant: 'points in time',
  export: 'exports',
  'exported-dump': 'exported dumps',
  'blob-snapshot': 'blob snapshots',
  'blob-version': 'earlier blob versions',
  'unreferenced-blob': 'blobs',
  'drill-server': 'drill servers',
  history: 'histories',
  report: 'reports',
  'own-document': 'documents of its own',
};

/** One limit: what the plan would do, and what is allowed. */
export function limitSentence(passed: LimitPassed): string {
  switch (passed.limit) {
    case 'fraction':
      return `it would delete ${passed.deletes} of ${passed.of} ${groupWords[passed.group]}${passed.store === undefined ? '' : ` of ${passed.store}`}, more than ${Number((passed.most * 100).toFixed(1))} %`;
    case 'count':
      return `it would delete ${passed.deletes} ${passed.what === 'points' ? 'recovery points and dumps' : passed.what === 'content' ? 'blobs, versions and snapshots' : 'reports and documents of its own'} at once, more than ${passed.most}`;
    case 'minimum-proven':
      return `it would leave ${serverWord(passed.server)} with ${passed.left} proven recovery points, fewer than ${passed.minimum}`;
    case 'empties-server':
      return `it would leave nothing to restore ${serverWord(passed.server)} from`;
    case 'empties-kind':
      return `it would leave none of the ${groupWords[passed.group]}`;
  }
}

/** The brake's state in one sentence. */
export function brakeSentence(brake: BrakeState): string {
  return brake.state === 'released'
    ? 'the plan is within every limit'
    : `the plan waits for approval: ${brake.limits.map((limit) => limitSentence(limit)).join('; ')}`;
}
