/**
 * The audit log: whatever is deleted has its entry before; an outcome names an intent of its own action, and says of no
 * server and no backup that it is deleted while it stands; at the end of a world the log verifies as a whole, however often
 * a process died between an append and a checkpoint.
 */
import { Readable } from 'node:stream';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { SigningKeyFile } from '../../src/contracts/signing.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { firstOfSegment } from '../../src/policy/audit-chain.ts';
import { verifyAuditLog } from '../../src/verification/audit-log.ts';
import type { LogFile } from '../../src/verification/log-files.ts';
import type { TrustedKey } from '../../src/verification/signature.ts';
import type { VaultContents } from '../ports/vault.ts';
import type { ProviderEffect } from '../world/provider-parts.ts';
import { region, scope, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';

export class AuditRules {
  readonly #world: World;
  readonly #verdict: Verdict;
  /** What the log says is to be deleted. */
  readonly #told = new Set<string>();
  /** What each intent was about. */
  readonly #intents = new Map<number, string>();

  constructor(world: World, verdict: Verdict) {
    this.#world = world;
    this.#verdict = verdict;
  }

  append(lines: readonly string[]): void {
    for (const line of lines) {
      const entry = JSON.parse(line) as AuditEntry;
      const about = `${entry.action} ${entry.target}`;
      if (entry.stage === 'intent') this.#intents.set(entry.sequence, about);
      if (entry.stage === 'intent' && entry.action.startsWith('delete-')) this.#told.add(about);
      if (entry.stage === 'outcome') this.#mustBeTrue(entry, about);
    }
  }

  #mustBeTrue({ action, target, sequence, intent, result }: AuditEntry, about: string): void {
    this.#verdict.must(
      intent !== undefined && intent < sequence && this.#intents.get(intent) === about,
      'outcome-names-intent',
      () => `entry ${sequence} is the outcome of ${about}, and names entry ${intent}`,
    );
    const { provider } = this.#world;
    const [server = '', backup] = target.split('/backups/');
    const stands =
      (action === 'delete-server' && provider.get(target) !== undefined) ||
      (action === 'delete-backup' &&
        provider.get(server)?.backups.some(({ name }) => name === backup) === true);
    this.#verdict.must(
      result !== 'done' || !stands,
      'outcome-is-true',
      () => `entry ${sequence} says that ${about} is done, and it stands`,
    );
  }

  /** Looks at an effect before it happens. */
  look(effect: ProviderEffect): void {
    if (effect.kind === 'delete-server') this.#mustBeTold(`delete-server ${effect.server}`);
    else if (effect.kind === 'delete-backup')
      this.#mustBeTold(`delete-backup ${effect.server}/backups/${effect.name}`);
  }

  #mustBeTold(what: string): void {
    this.#verdict.must(
      this.#told.has(what),
      'audit-before-deletion',
      () => `${what} happens, and the audit log does not say that it was to`,
    );
  }

  /** Holds the whole log against its checkpoints. */
  async verifies(): Promise<void> {
    const { vault, checkpoints } = this.#world;
    const prefix = vaultPaths.auditSegments(scope);
    const verified = await verifyAuditLog(
      {
        ...{ ...scope, unchained: [] },
        segments: filesIn(vault, prefix).filter(({ name }) => firstOfSegment(name) !== undefined),
        checkpoints: filesIn(checkpoints, vaultPaths.auditCheckpoints(scope)),
        copies: filesIn(vault, vaultPaths.auditCheckpoints(scope)),
      },
      keysIn(vault),
    );
    const [problem] = verified.problems;
    this.#verdict.must(
      problem === undefined,
      'audit-verifies',
      () => `the audit log does not verify: ${problem?.place}: ${problem?.detail}`,
    );
  }
}

const filesIn = (contents: VaultContents, prefix: string): LogFile[] =>
  contents.list(prefix).map((path) => ({
    name: path.slice(prefix.length),
    open: () => Readable.from([contents.get(path)?.bytes ?? Buffer.alloc(0)], { objectMode: false }),
  }));

const keysIn = (contents: VaultContents): TrustedKey[] =>
  contents.list(vaultPaths.signingKeys(region)).flatMap((file): TrustedKey[] => {
    if (file.endsWith('.withdrawn.json')) return [];
    const about = JSON.parse(contents.text(file) ?? '') as SigningKeyFile;
    return [{ jwk: about.jwk, file, about }];
  });
