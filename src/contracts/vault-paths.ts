/**
 * Where each document lies in the vault. One container; everything of one system in one region under one prefix, so
 * that it can be read with any storage explorer when nothing else is left.
 */

/** A system in a region: the unit that a vault prefix, a plan and a report stand for. */
export interface Scope {
  readonly system: string;
  readonly region: string;
}

/** Below which everything of a system in a region lies. */
export const vaultRoot = (scope: Scope): string => `v1/${scope.system}/${scope.region}`;
const root = vaultRoot;

/** The path of each kind of document; every function returns a blob name without a leading slash. */
export const vaultPaths = {
  points: (scope: Scope): string => `${root(scope)}/points/`,
  point: (scope: Scope, point: string): string => `${root(scope)}/points/${point}.json`,
  inventory: (scope: Scope, point: string, name: string): string =>
    `${root(scope)}/inventories/${point}/${name}.txt`,
  schema: (scope: Scope, point: string, name: string): string =>
    `${root(scope)}/inventories/${point}/${name}.schema.jsonl`,
  configuration: (scope: Scope, point: string, server: string): string =>
    `${root(scope)}/inventories/${point}/${server}.configuration.json`,
  fingerprint: (scope: Scope, point: string, database: string): string =>
    `${root(scope)}/inventories/${point}/${database}.fingerprint.json`,
  plan: (scope: Scope, digest: string): string => `${root(scope)}/plans/${digest}.json`,
  approval: (scope: Scope, digest: string): string => `${root(scope)}/approvals/${digest}.json`,
  alert: (scope: Scope, key: string): string => `${root(scope)}/alerts/${key}.json`,
  alerts: (scope: Scope): string => `${root(scope)}/alerts/`,
  slot: (scope: Scope, kind: string, stamp: string): string => `${root(scope)}/slots/${kind}-${stamp}.json`,
  slots: (scope: Scope, kind: string): string => `${root(scope)}/slots/${kind}-`,
  reports: (scope: Scope): string => `${root(scope)}/reports/`,
  report: (scope: Scope, drill: string): string => `${root(scope)}/reports/${drill}/report.json`,
  reportMarkdown: (scope: Scope, drill: string): string => `${root(scope)}/reports/${drill}/report.md`,
  reportSignature: (scope: Scope, drill: string): string => `${root(scope)}/reports/${drill}/report.jws`,
  reportPlace: (scope: Scope, drill: string): string => `${root(scope)}/reports/${drill}/place.json`,
  reportEntries: (scope: Scope): string => `${root(scope)}/report-chain/`,
  reportEntry: (scope: Scope, number: number): string =>
    `${root(scope)}/report-chain/${String(number).padStart(8, '0')}.json`,
  /** Of a region, beside its systems: the keys that sign their reports. */
  signingKeys: (region: string): string => `v1/_keys/${region}/`,
  signingKey: (region: string, keyId: string): string => `v1/_keys/${region}/${keyId}.json`,
  keyWithdrawal: (region: string, keyId: string): string => `v1/_keys/${region}/${keyId}.withdrawn.json`,
  exercise: (scope: Scope, drill: string): string => `${root(scope)}/reports/${drill}/exercise.json`,
  evidence: (scope: Scope, drill: string, check: string): string =>
    `${root(scope)}/reports/${drill}/evidence/${check}.json`,
  reaped: (scope: Scope): string => `${root(scope)}/reaped/`,
  reapedServer: (scope: Scope, server: string): string => `${root(scope)}/reaped/${server}.json`,
  erasures: (scope: Scope): string => `${root(scope)}/erasures/`,
  erasure: (scope: Scope, id: string): string => `${root(scope)}/erasures/${id}.json`,
  restores: (scope: Scope): string => `${root(scope)}/restores/`,
  restore: (scope: Scope, restore: string): string => `${root(scope)}/restores/${restore}/restore.json`,
  restoreRequest: (scope: Scope, restore: string): string =>
    `${root(scope)}/restores/${restore}/request.json`,
  restoreBreakGlass: (scope: Scope, restore: string): string =>
    `${root(scope)}/restores/${restore}/break-glass.json`,
  restorePermit: (scope: Scope, restore: string): string => `${root(scope)}/restores/${restore}/permit.json`,
  restoreCancel: (scope: Scope, restore: string): string => `${root(scope)}/restores/${restore}/cancel.json`,
  restoreClosing: (scope: Scope, restore: string): string =>
    `${root(scope)}/restores/${restore}/closing.json`,
  restoreEvidence: (scope: Scope, restore: string, check: string): string =>
    `${root(scope)}/restores/${restore}/evidence/${check}.json`,
  cutoverState: (scope: Scope): string => `${root(scope)}/cutover-state.json`,
  cutoverRequest: (scope: Scope, cutover: string): string =>
    `${root(scope)}/cutovers/${cutover}/request.json`,
  cutoverBreakGlass: (scope: Scope, cutover: string): string =>
    `${root(scope)}/cutovers/${cutover}/break-glass.json`,
  cutoverCancel: (scope: Scope, cutover: string): string => `${root(scope)}/cutovers/${cutover}/cancel.json`,
  cutoverPermit: (scope: Scope, cutover: string): string => `${root(scope)}/cutovers/${cutover}/permit.json`,
  cutoverHook: (scope: Scope, cutover: string, hook: string): string =>
    `${root(scope)}/cutovers/${cutover}/hooks/${hook}.json`,
  cutover: (scope: Scope, cutover: string): string => `${root(scope)}/cutovers/${cutover}/cutover.json`,
  checkPortion: (scope: Scope, drill: string, check: string, portion: number): string =>
    `${root(scope)}/check-portions/${drill}/${check}.${String(portion).padStart(6, '0')}.json`,
  scans: (scope: Scope): string => `${root(scope)}/scans/`,
  scan: (scope: Scope, scan: string): string => `${root(scope)}/scans/${scan}.json`,
  /** Of every scan that has begun and was not tidied up since. */
  scanPlans: (scope: Scope): string => `${root(scope)}/scan-plans/`,
  scanPlan: (scope: Scope, scan: string, store: string): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.json`,
  scanFacts: (scope: Scope, scan: string, store: string): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.facts.json`,
  scanPlanning: (scope: Scope, scan: string, store: string, part: number): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.planning.${String(part).padStart(6, '0')}.json`,
  scanSummary: (scope: Scope, scan: string, store: string, portion: number): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.summary.${String(portion).padStart(6, '0')}.json`,
  scanPartsOf: (scope: Scope, scan: string, store: string, shard: string): string =>
    `${root(scope)}/scan-parts/${scan}/${store}.${shard}.`,
  scanPart: (scope: Scope, scan: string, store: string, shard: string, part: number | string): string =>
    `${root(scope)}/scan-parts/${scan}/${store}.${shard}.${String(part).padStart(6, '0')}.json`,
  scanRecords: (scope: Scope, scan: string, store: string, shard: string, part: number | string): string =>
    `${root(scope)}/scan-records/${scan}/${store}.${shard}.${String(part).padStart(6, '0')}.bin`,
  changeScan: (scope: Scope, scan: string, store: string): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.changes.json`,
  changeProgress: (scope: Scope, scan: string, store: string, portion: number): string =>
    `${root(scope)}/scan-plans/${scan}/${store}.change-portions.${String(portion).padStart(6, '0')}.json`,
  changeHead: (scope: Scope, store: string): string => `${root(scope)}/change-heads/${store}.json`,
  scanParts: (scope: Scope, scan: string): string => `${root(scope)}/scan-parts/${scan}/`,
  prunes: (scope: Scope): string => `${root(scope)}/prunes/`,
  prune: (scope: Scope, prune: string): string => `${root(scope)}/prunes/${prune}.json`,
  tombstones: (scope: Scope): string => `${root(scope)}/tombstones/`,
  tombstone: (scope: Scope, name: string): string => `${root(scope)}/tombstones/${name}.json`,
  holds: (scope: Scope): string => `${root(scope)}/holds/`,
  hold: (scope: Scope, hold: string): string => `${root(scope)}/holds/${hold}.json`,
  contentMarks: (scope: Scope, store: string): string => `${root(scope)}/content-marks/${store}.json`,
  request: (scope: Scope, id: string): string => `${root(scope)}/requests/${id}.json`,
  watch: (scope: Scope): string => `${root(scope)}/watch.json`,
  /** Of a region, beside its systems: a system that is gone from the estate is found again here. No id begins with "_". */
  approvedEstates: (region: string): string => `v1/_estate/${region}/`,
  approvedEstate: (scope: Scope): string => `v1/_estate/${scope.region}/${scope.system}.json`,
  closing: (scope: Scope, drill: string, attempt = ''): string =>
    `${root(scope)}/reports/${drill}/closing${attempt}.json`,
  auditSegments: (scope: Scope): string => `${root(scope)}/audit/`,
  /** The same path in the vault and in the container beside it. */
  auditCheckpoints: (scope: Scope): string => `${root(scope)}/audit-checkpoints/`,
  ledgerSegments: (scope: Scope): string => `${root(scope)}/ledger/`,
} as const;
