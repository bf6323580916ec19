/** The clocks of the services that store the data: what this host's clock is held against. */
import type { ClockOffset } from '../policy/clock-trust.ts';

export interface ReferenceClocks {
  /** How far each service's clock is ahead of this host's; a service that does not answer has no seconds. Never throws. */
  offsets(): Promise<readonly ClockOffset[]>;
}
