/** How the services that Lifeboat stands on are judged: vault, clocks, signing key, task hub. */
import type { DateTime } from 'luxon';
import { clockDoubt, type ClockOffset } from '../clock-trust.ts';
import { broken, doubtful, roughly, well, type Verdict } from './verdict.ts';

/** What a write came to whose condition cannot hold; undefined: there was no document to try it on. */
export function judgeVaultWrite(written: boolean | undefined): Verdict {
  if (written === undefined)
    return doubtful('there is no document yet to try a write on', 'Look again in two minutes.');
  if (written)
    return broken(
      'a write was carried out although its condition did not hold',
      'The vault must be Azure Blob Storage itself: whatever stands before it loses conditions. Stop the app until then.',
    );
  return well('writes are let in, and their conditions kept');
}

const noticeableSeconds = 30;

export function judgeClocks(offsets: readonly ClockOffset[]): Verdict {
  const next =
    'Until the clocks agree nothing is deleted and no drill passes. Look at the time service of the app.';
  const doubt = clockDoubt(offsets);
  if (doubt !== undefined) return broken(doubt, next);
  const told = offsets.map(({ source, seconds = 0 }) => `${source} ${seconds.toFixed(1)} s`).join(', ');
  const isApart = offsets.some(({ seconds = 0 }) => Math.abs(seconds) > noticeableSeconds);
  return isApart ? doubtful(`ahead of the app: ${told}`, next) : well(`ahead of the app: ${told}`);
}

/** A signature that was made for the occasion. */
export interface TriedSignature {
  readonly keyId: string;
  readonly isValid: boolean;
  readonly expiresAt: DateTime | undefined;
}

const expiresSoonDays = 30;

export function judgeSignature({ keyId, isValid, expiresAt }: TriedSignature, now: DateTime): Verdict {
  if (!isValid)
    return broken(
      `what key ${keyId} signed does not verify by its own public half`,
      'Look into who answers for the key vault; see runbooks/report-unsigned.md.',
    );
  const days = expiresAt?.diff(now).as('days');
  if (days !== undefined && days < expiresSoonDays)
    return doubtful(
      `key ${keyId} signs, and expires in ${Math.max(0, Math.floor(days))} days`,
      'Make a new version of the key in the key vault.',
    );
  return well(`key ${keyId} signed, and the signature verifies`);
}

/** An orchestration that was started and has not begun. */
export interface WaitingRun {
  readonly id: string;
  readonly since: DateTime;
}

const slowSeconds = 60;
const stuckSeconds = 300;

/** What of the task hub's orchestrations does not move: not begun yet, or halted by the hub's own API. */
export interface StandingRuns {
  readonly waiting: readonly WaitingRun[];
  readonly suspended: readonly WaitingRun[];
}

const oldestOf = (runs: readonly WaitingRun[]): WaitingRun | undefined =>
  runs.toSorted((a, b) => a.since.toMillis() - b.since.toMillis())[0];

export function judgeTaskHub({ waiting, suspended }: StandingRuns, now: DateTime): Verdict {
  const halted = oldestOf(suspended);
  if (halted !== undefined)
    return broken(
      `${suspended.length} suspended by the task hub's own API, the first for ${roughly(now.diff(halted.since).as('seconds'))}: ${halted.id}`,
      'Find out who did it; resume it with POST /runtime/webhooks/durabletask/instances/{id}/resume and the system key of the app.',
    );
  const oldest = oldestOf(waiting);
  if (oldest === undefined) return well('it answers, and nothing waits to begin');
  const seconds = Math.max(0, now.diff(oldest.since).as('seconds'));
  const detail = `${waiting.length} waiting to begin, the longest for ${roughly(seconds)}: ${oldest.id}`;
  if (seconds <= slowSeconds) return well(detail);
  const next =
    'Restart the app; if it stays so, look at the storage account behind it and see runbooks/run-late.md.';
  return seconds > stuckSeconds ? broken(detail, next) : doubtful(detail, next);
}
