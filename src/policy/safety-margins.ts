/**
 * Every margin that keeps a restore or a deletion on the safe side, by name and with its reason. Units stand last in
 * the names.
 */
export const safetyMargins = {
  /** Clocks further apart than this forbid every deletion. */
  clockToleranceMinutes: 5,
  /** The provider keeps at most this many on-demand backups of a server. */
  onDemandLimit: 7,
  /** One slot stays free for a person's own snapshot before a risky change. */
  onDemandHeadroom: 1,
  /** A heartbeat found in restored data may be older than the restored instant by this much before it counts as stale: two missed beats. */
  heartbeatStaleAfterSeconds: 180,
  /** How long a lock for an exact fingerprint may wait before it gives way to the writers. */
  fingerprintLockTimeoutMilliseconds: 2_000,
  /** How often an exact fingerprint tries to get its locks before it is taken bracketed instead. */
  fingerprintLockAttempts: 4,
  /** Writers wait for the locks of an exact fingerprint no longer than this, whatever becomes of the app meanwhile. */
  fingerprintLockedSeconds: 10,
  /** The source's database ends the snapshot of a fingerprint after so long: until then it holds vacuum back. */
  fingerprintSnapshotSeconds: 25 * 60,
  /** What a fingerprint has not counted after so long is recorded as not counted; it leaves the inventories their time. */
  fingerprintCountingSeconds: 15 * 60,
  /** No statement of a check lasts longer: the platform ends an activity after half an hour, and again each time. */
  checkStatementSeconds: 20 * 60,
  /** An operation may be unknown to the provider for this long after it was accepted (eventual consistency). */
  operationUnknownGraceSeconds: 120,
  /** A restored server may be unknown for this long after its restore was accepted, though the provider says done. */
  restoredUnknownGraceSeconds: 30,
  /** A check goes on in another activity after so long: an activity that is killed loses no more than this. */
  checkPortionSeconds: 120,
  /** Blocks of a restored relation that a check looks at in one statement (1 GiB): a portion is longer by no more. */
  checkedBlocksAtOnce: 131_072,
  /** A check that has not ended after so long gives no answer: the restored server costs money meanwhile. */
  checkDeadlineSeconds: 8 * 3600,
  /** The newest instant that a restore asks for lies this long ago: no provider takes one in its own future. */
  latestInstantMarginSeconds: 1,
  /**
   * What a server wrote so long before its heartbeat was missed is in the provider's archive: it is sent there every five
   * minutes at the latest, a beat is missed up to a minute after the server stopped, and sending takes some time.
   */
  archivedAfterSeconds: 420,
  /** The plan of a restore can be asked for and approved so long: what it says of the loss is older then. */
  restorePlanHours: 24,
  /** An approval of a restore that was not carried out so long after it was given does not count any more. */
  restoreApprovalSeconds: 3600,
  /** An approval of a prune, a repair or an estate that was not carried out so long after it was given does not count any more. */
  approvalSeconds: 24 * 3600,
  /** Erasures that were done so long before the restored instant are applied again, too: clocks of two hosts tell of them. */
  erasureMarginSeconds: 3600,
  /** Rows that earlier exercises wrote into a protected database are taken away by a later one once they are so old. */
  exerciseRowsKeptSeconds: 24 * 3600,
  /** A walk back to the last clean point tries so many states at most, the newest one among them: each is a server. */
  walkBackTries: 5,
  /** A drill server older than this has leaked. */
  drillServerTimeToLiveSeconds: 24 * 3600,
  /** Of each kind of content, one plan deletes at most this many: it stays a document that a person can look at. */
  contentDeletionsOfPlan: 20_000,
  /** An append blob holds 50,000 blocks; a new segment begins before that. */
  segmentBlocks: 40_000,
  /** A checkpoint of the audit log stands for at most about so many entries: what nobody signed could be rewritten. */
  checkpointEntries: 1_000,
  /** Nobody is at work on a call of the API any more after so long: then the watch says what came of it. */
  auditOutcomeSeconds: 600,
} as const;
