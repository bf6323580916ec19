/** Which database of a region the smoke check is made with: once in a drill, whatever it restores. */
import type { EstateDatabase, EstateRegion } from './estate.ts';
import type { SmokeRequest } from './smoke.ts';

/** The requests that are made with this database: all with the first one of its region, none with the others. */
export function smokeRequestsOf({ drill, databases }: EstateRegion, { id }: EstateDatabase): SmokeRequest[] {
  return databases[0]?.id === id ? (drill.smoke?.requests ?? []) : [];
}
