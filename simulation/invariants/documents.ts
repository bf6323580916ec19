/**
 * Documents that claim something are held against the truth when they are written: a recovery point stands for a
 * backup that is there, a PASS for checks that all passed on the right data, a clean scan for a store without damage.
 */
import type { RecoveryPoint, SlotClaim } from '../../src/contracts/documents.ts';
import type { PruneDocument } from '../../src/contracts/prune.ts';
import type { DrillReport, EvidenceDocument } from '../../src/contracts/report.ts';
import type { ScanDocument, ScanPartDocument } from '../../src/contracts/scan-documents.ts';
import { stampOf } from '../../src/policy/identifiers.ts';
import { utc } from '../world/provider-model.ts';
import { geoLagMs, protectedDatabases, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { CutoverRules } from './cutovers.ts';
import { LeftOverRules } from './left-overs.ts';
import { toleranceMs } from './limits.ts';
import { hasAllParts, listedBackups } from './listed-backups.ts';
import type { Records } from './records.ts';

const isPassedCheck = ({ status }: DrillReport['checks'][number]): boolean => status === 'passed';

export class DocumentRules {
  readonly #world: World;
  readonly #verdict: Verdict;
  readonly #onMark: (point: RecoveryPoint, was: RecoveryPoint) => void;
  readonly #records: Records;
  readonly #leftOvers: LeftOverRules;
  readonly #cutovers: CutoverRules;
  #damaged: ReadonlySet<string> = new Set();

  constructor(
    world: World,
    records: Records,
    verdict: Verdict,
    onMark: (point: RecoveryPoint, was: RecoveryPoint) => void,
  ) {
    this.#world = world;
    this.#verdict = verdict;
    this.#onMark = onMark;
    this.#records = records;
    this.#leftOvers = new LeftOverRules(world, records, verdict);
    this.#cutovers = new CutoverRules(world, verdict);
  }

  /** Names of damaged blobs by the newest whole scan. */
  get knownDamaged(): ReadonlySet<string> {
    return this.#damaged;
  }

  /** Looks at a document before it is written. */
  look(path: string, text: string, before: string | undefined): void {
    const [, , , collection, ...rest] = path.split('/');
    if (collection === 'points') this.#point(JSON.parse(text) as RecoveryPoint, before);
    else if (collection === 'slots') this.#claim(JSON.parse(text) as SlotClaim, before);
    else if (collection === 'reports' && rest.at(-1) === 'report.json')
      this.#report(JSON.parse(text) as DrillReport, before);
    else if (collection === 'cutovers') this.#cutovers.look(path, text);
    else if (collection === 'plans' && text.includes('"lifeboat/prune-plan/')) this.#cutovers.plan(text);
    else if (collection === 'scans') this.#scan(JSON.parse(text) as ScanDocument);
    else if (collection === 'prunes')
      this.#leftOvers.look(JSON.parse(text) as PruneDocument, this.knownDamaged);
  }

  #point(point: RecoveryPoint, before: string | undefined): void {
    const must = this.#verdict.must.bind(this.#verdict);
    if (before === undefined) {
      const standing = listedBackups(this.#world);
      must(hasAllParts(point, standing), 'whole-point', () => `${point.id} is recorded without its backup`);
      for (const part of point.databases)
        must(
          this.#world.vault.get(part.fingerprint.path) !== undefined,
          'whole-point',
          () => `${point.id}: no fingerprint`,
        );
      for (const { inventory } of point.stores)
        must(
          this.#world.vault.get(inventory.path) !== undefined,
          'whole-point',
          () => `${point.id}: no inventory`,
        );
      return;
    }
    const was = JSON.parse(before) as RecoveryPoint;
    must(
      was.tombstone === undefined || point.tombstone !== undefined,
      'tombstone-stays',
      () => `${point.id} is risen`,
    );
    this.#onMark(point, was);
    this.#mustBeProvenByDrill(point, was);
  }

  /** Only a drill whose every check passed proves a point; one that failed a check takes that back. */
  #mustBeProvenByDrill(point: RecoveryPoint, was: RecoveryPoint): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const { proven, lastDrill } = point;
    if (proven !== undefined && was.proven?.drill !== proven.drill) {
      const report = this.#reportOf(proven.drill);
      const isPassed = report !== undefined && report.checks.length > 0 && report.checks.every(isPassedCheck);
      must(
        isPassed && report.statuses.restore === 'done' && report.plan.point === point.id,
        'proven-by-drill',
        () =>
          `${point.id} is called proven by ${proven.drill}, which ended ${report?.result ?? 'without a report'}`,
      );
    }
    if (lastDrill === undefined || lastDrill.drill === was.lastDrill?.drill) return;
    const last = this.#reportOf(lastDrill.drill);
    const isRefuted =
      last?.plan.point === point.id
        ? last.checks.some((check) => check.status === 'failed')
        : last?.scenario?.walk?.some((one) => one.point === point.id && one.verdict === 'poisoned') === true;
    must(
      !isRefuted || proven === undefined,
      'proven-by-drill',
      () => `${point.id} failed ${lastDrill.drill}, and is proven`,
    );
  }

  #reportOf(drill: string): DrillReport | undefined {
    const text = this.#world.vault.text(`v1/shop/westeurope/reports/${drill}/report.json`);
    return text === undefined ? undefined : (JSON.parse(text) as DrillReport);
  }

  #claim(claim: SlotClaim, before: string | undefined): void {
    const was = before === undefined ? undefined : (JSON.parse(before) as SlotClaim);
    if (was?.finished === undefined) return;
    this.#verdict.must(
      claim.finished?.at === was.finished.at && claim.finished.outcome === was.finished.outcome,
      'slot-served-once',
      () => `${claim.kind} ${claim.slot} ended ${was.finished?.outcome}, and is told anew`,
    );
  }

  #report(report: DrillReport, before: string | undefined): void {
    const must = this.#verdict.must.bind(this.#verdict);
    must(before === undefined, 'report-is-final', () => `${report.id} is written again`);
    if (report.result !== 'PASS') return;
    const evidence = this.#world.vault.list(`v1/shop/westeurope/reports/${report.id}/evidence/`);
    must(
      evidence.length > 0 && report.checks.length > 0,
      'pass-needs-checks',
      () => `${report.id} passed nothing`,
    );
    const failedTries = new Set<string>();
    for (const path of evidence) {
      const { result } = JSON.parse(this.#world.vault.text(path) ?? '{}') as EvidenceDocument;
      const attempt = /\.(\d+)\.json$/.exec(path)?.[1] ?? '1';
      const isLast = attempt === String(report.plan.attempt ?? 1);
      if (!isLast && result.status === 'failed') failedTries.add(attempt);
      must(
        !isLast || result.status === 'passed',
        'pass-needs-checks',
        () => `${report.id} PASS, and ${result.id} ${result.status}`,
      );
    }
    // What a walk went past must have failed a check: that it was poisoned is shown by nothing else.
    must(
      failedTries.size === (report.plan.lost === undefined ? (report.plan.attempt ?? 1) - 1 : 0),
      'pass-needs-checks',
      () => `${report.id} PASS, and not every state that it went past failed a check`,
    );
    must(
      !report.checks.some(({ id }) => id === 'smoke') || this.#world.application.asked.has(report.id),
      'pass-needs-checks',
      () => `${report.id} PASS, and nobody asked the application`,
    );
    // A loss was played only if what is judged was revived from what was dropped.
    for (const { source, target } of report.plan.lost === undefined ? [] : report.plan.targets)
      must(
        this.#world.provider.revived.get(target) === source && this.#world.provider.isRevivable(source),
        'pass-needs-checks',
        () => `${report.id} PASS, and ${target} was not revived from ${source}`,
      );
    // Only what takes the blob store alone for lost leaves the databases out.
    for (const { id } of report.plan.targets.length === 0 ? [] : protectedDatabases(this.#world.estate))
      must(
        report.checks.some(({ database }) => database === id),
        'pass-needs-checks',
        () => `${report.id} PASS, and nothing of ${id} was looked at`,
      );
    for (const check of report.checks)
      must(
        check.status === 'passed',
        'pass-needs-checks',
        () => `${report.id} PASS, and ${check.id} ${check.status}`,
      );
    must(
      report.cleanUp.leftOver.length === 0,
      'pass-needs-clean-up',
      () => `${report.id} PASS, with a server left`,
    );
    this.#mustBeIntact(report);
  }

  /** Every blob that the restored rows refer to must have been right where it was read, at some time of the drill. */
  #mustBeIntact(report: DrillReport): void {
    const began = Math.min(...report.checks.map((check) => Date.parse(check.startedAt)));
    const isReplica = report.plan.replicas !== undefined;
    const lag = isReplica ? geoLagMs : 0;
    const state = this.#world.database.stateAt(Date.parse(report.recoveryPoint.instant) - lag);
    for (const hex of state?.references ?? []) {
      const blob = this.#world.account.blobs.get(`${hex.slice(0, 2)}/${hex}`);
      const wrongSince = isReplica ? blob?.secondaryWrongSince : blob?.wrongSince;
      const wasWrong =
        wrongSince !== undefined && wrongSince < began - Math.abs(this.#world.skewMs) - 600_000;
      this.#verdict.must(
        !wasWrong,
        'pass-needs-data',
        () => `${report.id} PASS, and blob ${hex.slice(0, 6)} is damaged`,
      );
    }
  }

  #scan(scan: ScanDocument): void {
    // Named by a clock that may be ahead by what is tolerated, and looked at by one that may be.
    const latest = stampOf(utc(this.#world.timeline.now + 2 * toleranceMs));
    this.#verdict.must(
      scan.id <= `scan-${latest}`,
      'scan-of-its-time',
      () => `${scan.id} stands above every later one until its time has come`,
    );
    if (scan.mode !== 'cycle' && scan.mode !== 'full') return;
    const parts = this.#world.vault
      .list(`v1/shop/westeurope/scan-parts/${scan.id}/`)
      .map((path) => JSON.parse(this.#world.vault.text(path) ?? '{}') as ScanPartDocument);
    const wrong = parts.flatMap((part) => part.findings).filter((one) => one.verdict !== 'unreferenced');
    this.#damaged = new Set(wrong.map((one) => one.name));
    if (scan.outcome === 'clean') this.#mustBeClean(scan);
  }

  /** Damage is found by the first scan of a whole cycle: nothing older than a cycle may go unseen. */
  #mustBeClean(scan: ScanDocument): void {
    const { variant, timeline, account, database, skewMs } = this.#world;
    const cycleDays = Number(/^P(\d+)D$/.exec(variant.estate.systems[0]?.scrub.cycle ?? '')?.[1] ?? 7);
    const since = scan.mode === 'full' ? 3_600_000 : (cycleDays + 1) * 86_400_000 + 6 * 3_600_000;
    const startedAt = Math.min(timeline.now, Date.parse(scan.startedAt) - skewMs);
    for (const hex of database.live.references) {
      const wrongSince = account.blobs.get(`${hex.slice(0, 2)}/${hex}`)?.wrongSince;
      const isOld = wrongSince !== undefined && wrongSince < startedAt - since;
      this.#verdict.must(
        !isOld || !this.#isKnown(hex),
        'scan-coverage',
        () =>
          `${scan.id} is clean, and blob ${hex.slice(0, 6)} is damaged since ${new Date(wrongSince ?? 0).toISOString()}`,
      );
    }
  }

  /** Of a blob that is gone nobody can know who lists the store, unless a standing recovery point refers to it. */
  #isKnown(hex: string): boolean {
    const { account, database, timeline } = this.#world;
    if (account.blobs.get(`${hex.slice(0, 2)}/${hex}`)?.current !== undefined) return true;
    return [...this.#records.points.values()].some(({ tombstone, instant }) => {
      const at = Date.parse(instant);
      const state = at <= timeline.now ? database.stateAt(at) : undefined;
      return tombstone === undefined && state?.references.includes(hex) === true;
    });
  }
}
