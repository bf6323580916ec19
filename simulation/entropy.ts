/**
 * What the product and its libraries take from outside of the ports, made to depend on the seed alone: random ids.
 * Installed once per thread, with what is remembered of costly answers; seeds of one thread run one after the other.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import * as approvedEstate from '../src/contracts/approved-estate.ts';
import * as contentMarks from '../src/contracts/content-marks.ts';
import * as documents from '../src/contracts/documents.ts';
import * as drill from '../src/contracts/drill.ts';
import * as holds from '../src/contracts/holds.ts';
import * as prune from '../src/contracts/prune.ts';
import * as repair from '../src/contracts/repair.ts';
import * as report from '../src/contracts/report.ts';
import * as restore from '../src/contracts/restore.ts';
import * as scans from '../src/contracts/scan-documents.ts';
import { Random } from './random.ts';
import {
  rememberChecks,
  rememberRuns,
  rememberSignatures,
  rememberTexts,
  rememberTimes,
} from './remembered.ts';

let ids = new Random(0, 'ids');
let isInstalled = false;

const contracts = [
  ...[approvedEstate, contentMarks, documents, drill, holds],
  ...[prune, repair, report, restore, scans],
];

/** From now on random ids follow from the seed. */
export function seedEntropy(seed: number): void {
  ids = new Random(seed, 'ids');
  if (isInstalled) return;
  isInstalled = true;
  crypto.randomUUID = () => {
    const hex = ids.hex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  rememberSignatures();
  syncBuiltinESMExports();
  rememberRuns();
  rememberTimes();
  rememberTexts();
  rememberChecks(contracts.flatMap((contract) => Object.values(contract)));
}
