/**
 * Lifeboat's own documents in the vault, every kind of them: where it lies, and what removes it, or why nothing does.
 * What is a record of something that was done goes with `retention.reports`, counted from its last writing, unless
 * something still goes by it. Whatever could be the last of something that a person may need is never removed by age.
 */

/** What still goes by a document that is old enough: who looks that up decides nothing. */
export type StillNeeded =
  /** Nothing does. */
  | 'never'
  /** The watch over the schedules, and what looks for the run that is at work. */
  | 'claim'
  /** The newest prune, or a report that names it. */
  | 'plan'
  /** It has not expired. */
  | 'approval'
  /** It is open. */
  | 'alert'
  /** It is the newest: what was decided last is told from it. */
  | 'newest'
  /** It is the newest, or the newest of everything, or the scan's own documents stand. */
  | 'scan'
  /** The deletion is not confirmed. */
  | 'removal'
  /** It holds, or did until lately. */
  | 'hold'
  /** The point is not confirmed absent, or a report of it stands. */
  | 'point'
  /** The record of its point stands. */
  | 'of-point'
  /** The audit log goes on in it, or no checkpoint stands for all of it. */
  | 'chain';

export type DocumentRemoval =
  | { readonly by: 'prune'; readonly unless: StillNeeded }
  /** At the end of a scan, once newer ones saw the same. */
  | { readonly by: 'scan' }
  /** The prune, with the report that it belongs to; of a drill that left no report it goes as any record does. */
  | { readonly by: 'report' }
  | { readonly by: 'nobody'; readonly because: string };

export interface OwnDocument {
  readonly kind: string;
  /**
   * Its path below the root of its system, or from `v1/_` on. A name in braces stands for what differs and holds no
   * slash; three dots for everything from there on.
   */
  readonly form: string;
  readonly removal: DocumentRemoval;
}

const prune = (kind: string, form: string, unless: StillNeeded = 'never'): OwnDocument => ({
  ...{ kind, form, removal: { by: 'prune', unless } },
});
const scan = (kind: string, form: string): OwnDocument => ({ kind, form, removal: { by: 'scan' } });
const nobody = (kind: string, form: string, because: string): OwnDocument => ({
  ...{ kind, form, removal: { by: 'nobody', because } },
});

const isBounded = 'there is one for each, and it is replaced';
const isLog = 'it says what was done and deleted when everything else is gone';
const mayBeLast = 'nobody can say that what it holds is not the last of it';

export const ownDocuments: readonly OwnDocument[] = [
  nobody('watch', 'watch.json', isBounded),
  prune('slot', 'slots/{kind}-{stamp}.json', 'claim'),
  prune('inventory', 'inventories/{point}/{name}', 'of-point'),
  prune('recovery-point', 'points/{point}.json', 'point'),
  scan('scan-records', 'scan-records/{scan}/{name}'),
  scan('expected', 'expected/{scan}/...'),
  scan('scan-part', 'scan-parts/{scan}/{name}'),
  // What tells of the others is emptied last.
  scan('scan-plan', 'scan-plans/{scan}/{name}'),
  prune('scan', 'scans/{scan}.json', 'scan'),
  nobody('change-head', 'change-heads/{store}.json', isBounded),
  nobody('scrub', 'scrub/{store}/{algorithm}/{name}', 'it is what is known of the blobs, and is replaced'),
  nobody('scrub-set-aside', 'scrub-set-aside/{store}/{algorithm}/{name}', mayBeLast),
  prune('repair-part', 'repair-parts/{repair}/{name}'),
  prune('repair-item', 'repair-items/{plan}/{name}'),
  prune('repair', 'repairs/{repair}.json'),
  nobody('copy', 'copies/{store}/{digest}', 'it belongs to a person'),
  nobody('quarantine', 'quarantine/{store}/{digest}', mayBeLast),
  prune('plan', 'plans/{digest}.json', 'plan'),
  prune('approval', 'approvals/{digest}.json', 'approval'),
  prune('prune', 'prunes/{prune}.json', 'newest'),
  prune('hold', 'holds/{hold}.json', 'hold'),
  nobody('content-marks', 'content-marks/{store}.json', isBounded),
  prune('tombstone', 'tombstones/{digest}.json', 'removal'),
  prune('reaped-server', 'reaped/{server}.json', 'removal'),
  nobody('erasure', 'erasures/{id}.json', 'an older backup brings back what was erased'),
  prune('restore', 'restores/{restore}/...'),
  prune('cutover', 'cutovers/{cutover}/...'),
  nobody('cutover-state', 'cutover-state.json', isBounded),
  prune('request', 'requests/{request}.json'),
  prune('check-portion', 'check-portions/{drill}/{name}'),
  { kind: 'report', form: 'reports/{drill}/...', removal: { by: 'report' } },
  nobody('report-entry', 'report-chain/{number}.json', 'every later report links to it'),
  prune('alert', 'alerts/{key}.json', 'alert'),
  prune('audit', 'audit/{segment}', 'chain'),
  nobody(
    'audit-checkpoints',
    'audit-checkpoints/{segment}',
    'what is left of the audit log is verified by them',
  ),
  nobody('ledger', 'ledger/{segment}', isLog),
  nobody('approved-estate', 'v1/_estate/{region}/{system}.json', isBounded),
  nobody('signing-key', 'v1/_keys/{region}/{name}', 'a report is verified by it however old it is'),
];

const matchers = ownDocuments.map((document) => ({ document, matcher: matcherOf(document.form) }));

function matcherOf(form: string): RegExp {
  const text = form
    .split(/(\{\w+\}|\.\.\.)/)
    .map((part) =>
      part === '...' ? '.+' : part.startsWith('{') ? '[^/]+' : part.replaceAll('.', String.raw`\.`),
    );
  return new RegExp(`^${text.join('')}$`);
}

/** What a document is, by its path below its system's root; undefined if Lifeboat writes none there. */
export function ownDocumentAt(path: string): OwnDocument | undefined {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return undefined;
  return matchers.find(({ matcher }) => matcher.test(path))?.document;
}

/** The folders of what is removed so, in the order of the table. */
export function foldersRemovedBy(...by: readonly DocumentRemoval['by'][]): string[] {
  const forms = ownDocuments.filter(({ removal }) => by.includes(removal.by)).map(({ form }) => form);
  return [...new Set(forms.map((form) => form.split('/')[0] ?? ''))];
}
