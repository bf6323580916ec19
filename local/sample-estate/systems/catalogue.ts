/** Which systems the sample estate has. */
import { cloudStorage } from './cloud-storage.ts';
import { lms } from './lms.ts';
import type { SampleSystem, SystemName } from './system.ts';
import { uniteCloud } from './unite-cloud.ts';

/** The systems by name. */
export const sampleSystems: Readonly<Record<SystemName, SampleSystem>> = {
  'unite-cloud': uniteCloud,
  'cloud-storage': cloudStorage,
  lms,
};
