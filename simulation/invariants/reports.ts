/**
 * Reports are final once they stand in their chain, and each links to the one before it. What is called their signature
 * verifies by a key that lies in the vault; and where nothing is disturbed, none stays without one.
 */
import { createPublicKey, verify } from 'node:crypto';
import { reportEntry, type DrillReport } from '../../src/contracts/report.ts';
import type { SigningKeyDocument } from '../../src/contracts/signing.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import { parseCompactJws } from '../../src/policy/jws.ts';
import { region, scope, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';

export class ReportRules {
  readonly #world: World;
  readonly #verdict: Verdict;
  /** When each report took its place (true time), by drill. */
  readonly #placed = new Map<string, number>();
  /** The drills whose reports were removed, or begun to be. */
  readonly #removed = new Set<string>();

  constructor(world: World, verdict: Verdict) {
    this.#world = world;
    this.#verdict = verdict;
  }

  /** Looks at a document before it is written. */
  look(path: string, text: string, before: string | undefined): void {
    const [, , , collection, drill = '', file] = path.split('/');
    if (collection === 'report-chain') this.#entry(path, text, before);
    if (collection === 'reports' && file === 'report.json') this.#report(JSON.parse(text) as DrillReport);
    if (collection === 'reports' && file === 'report.jws') this.#signature(drill, text, before);
  }

  /** Hears of a document that is about to be removed: a report goes as a whole. */
  removes(path: string): void {
    const [, , , collection, drill = ''] = path.split('/');
    if (collection === 'reports') this.#removed.add(drill);
  }

  /** Without disturbances every report has its signature soon. */
  lookForUnsigned(): void {
    const { timeline, vault } = this.#world;
    for (const [drill, at] of this.#placed)
      this.#verdict.must(
        timeline.now - at < 3_600_000 ||
          this.#removed.has(drill) ||
          vault.get(vaultPaths.reportSignature(scope, drill)) !== undefined,
        'report-is-signed',
        () => `${drill} has no signature`,
      );
  }

  #entry(path: string, text: string, before: string | undefined): void {
    const { report } = reportEntry.parse(JSON.parse(text));
    const { number, previous } = report;
    const last = number === 1 ? undefined : this.#inChain(number - 1);
    this.#verdict.must(
      before === undefined && path === vaultPaths.reportEntry(scope, number) && !this.#placed.has(report.id),
      'report-is-final',
      () => `${report.id} takes ${path}, which is taken or not its own`,
    );
    this.#verdict.must(
      previous?.digest === (last === undefined ? undefined : digestOf(last)) &&
        (number === 1) === (previous === undefined),
      'report-chain',
      () => `${report.id} does not link to report ${number - 1}`,
    );
    this.#placed.set(report.id, this.#world.timeline.now);
  }

  #report(report: DrillReport): void {
    const final = this.#inChain(report.number);
    this.#verdict.must(
      final !== undefined && canonicalJson(final) === canonicalJson(report),
      'report-is-final',
      () => `${report.id} is another one than stands in the chain`,
    );
  }

  #signature(drill: string, text: string, before: string | undefined): void {
    const report = this.#world.vault.text(vaultPaths.report(scope, drill));
    const jws = parseCompactJws(text);
    const holds =
      before === undefined &&
      typeof jws !== 'string' &&
      `${jws.payload}\n` === report &&
      this.#isSigned(text, (jws.header as { kid: string }).kid, jws.signature);
    this.#verdict.must(holds, 'signature-verifies', () => `what is called the signature of ${drill} is none`);
  }

  #isSigned(text: string, kid: string, signature: Buffer): boolean {
    const key = this.#world.vault.text(vaultPaths.signingKey(region, kid));
    if (key === undefined) return false;
    const { jwk } = JSON.parse(key) as SigningKeyDocument;
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const input = Buffer.from(text.slice(0, text.lastIndexOf('.')));
    return verify('sha384', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }

  #inChain(number: number): DrillReport | undefined {
    const text = this.#world.vault.text(vaultPaths.reportEntry(scope, number));
    return text === undefined ? undefined : reportEntry.parse(JSON.parse(text)).report;
  }
}
