/**
 * The floors of retention, by name and with their reasons. A policy below one of them is refused, whoever asks for it
 * and whoever approved it. Units stand last in the names.
 */
export const retentionLimits = {
  /** Seven days of UTC: the promise made to every customer. A shorter window breaks it. */
  windowFloorHours: 168,
  /** Without one proven recovery point nobody knows that anything can be restored. */
  minimumProvenFloor: 1,
  /** Two looks closer than this may both miss the same write that is on its way. */
  marksApartFloorHours: 4,
  /** A mistake about content is noticed on the next working day, not within the hour. */
  graceFloorHours: 24,
  /** The history of a run is what a failed night is understood from; the next one must have ended by then. */
  historyFloorDays: 7,
  /** Audits come once a year and ask for what was tested since the last one. */
  reportFloorDays: 365,
  /** A backup is listed before the point that it belongs to is recorded: the longest that a snapshot may take. */
  recordingGraceHours: 6,
} as const;
