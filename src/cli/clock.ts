/** The command's clock: used to show times to a person and for nothing else; every view takes `now` as a parameter. */
import { DateTime } from 'luxon';

/** The present instant in UTC. */
export function systemNow(): DateTime {
  // oxlint-disable-next-line lifeboat/no-clock -- a person's terminal has no clock port; nothing is decided by this time
  return DateTime.utc();
}
