/** All invariants, told of everything at the moment at which it happens. */
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { World } from '../world/world.ts';
import { AuditRules } from './audit.ts';
import { BackupRules } from './backups.ts';
import { BlobRules } from './blobs.ts';
import { Verdict } from './broken.ts';
import { DocumentRules } from './documents.ts';
import { PermitRules } from './permits.ts';
import { Records } from './records.ts';
import { mustBeOfNoUse } from './removals.ts';
import { ReportRules } from './reports.ts';
import { ScheduleRules } from './schedules.ts';
import { ServerRules } from './servers.ts';

export class Watchers {
  readonly verdict: Verdict;
  readonly records: Records;
  readonly blobs: BlobRules;
  readonly servers: ServerRules;
  readonly schedules: ScheduleRules;
  readonly reports: ReportRules;
  readonly audit: AuditRules;

  constructor(world: World) {
    this.verdict = new Verdict(({ invariant, detail }) => world.trace.add(`BROKEN ${invariant}: ${detail}`));
    this.records = new Records(() => world.timeline.now);
    const permits = new PermitRules(world, this.records, this.verdict);
    const backups = new BackupRules(world, this.records, this.verdict, permits);
    const documents = new DocumentRules(world, this.records, this.verdict, (point, was) =>
      backups.looksAtMark(point, was),
    );
    this.servers = new ServerRules(world, this.records, this.verdict);
    this.reports = new ReportRules(world, this.verdict);
    this.audit = new AuditRules(world, this.verdict);
    this.schedules = new ScheduleRules(world, this.records, this.verdict);
    this.blobs = new BlobRules(world, this.records, this.verdict, permits, () => documents.knownDamaged);
    world.provider.onEffect = (effect) => {
      backups.look(effect);
      this.servers.look(effect);
      this.audit.look(effect);
    };
    world.vault.onWrite = (path, text, before) => {
      documents.look(path, text, before);
      this.reports.look(path, text, before);
      this.records.write(path, text);
    };
    world.vault.onRemove = (path) => {
      mustBeOfNoUse(world, this.records, this.verdict, path);
      this.reports.removes(path);
    };
    world.vault.onAppend = (segments, lines) => {
      this.records.append(segments, lines);
      if (!segments.endsWith('/audit/')) return;
      this.audit.append(lines);
      for (const line of lines)
        if (line.includes('"action":"prune"') && line.includes('"stage":"intent"'))
          permits.begins(JSON.parse(line) as AuditEntry);
    };
  }

  started(id: string, _workflow: string, input: unknown): void {
    this.schedules.started(id, input);
  }
}
