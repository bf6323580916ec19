/** Estate files for tests: the sample estate, narrowed to some systems and regions, and changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { projectRoot } from './project.ts';

/** As much of an estate file's shape as tests change. */
export interface EstateFile {
  systems: {
    id: string;
    objectives: Record<string, string>;
    retention: { brake?: Record<string, number> };
    schedules: Record<string, { cron: string; timeZone: string; lateAfter: string }>;
    regions: {
      region: string;
      databases: { id: string; name: string; server: string; fingerprint: string; checks: OperatorCheck[] }[];
    }[];
  }[];
}

export interface OperatorCheck {
  name: string;
  sql: string;
  expect: string;
}

/** The sample estate as it is shipped. */
export function sampleEstate(): EstateFile {
  return parse(readFileSync(path.join(projectRoot, 'estate.yaml'), 'utf8')) as EstateFile;
}

/** On leap days alone. */
const never = { cron: '0 0 0 29 2 *', timeZone: 'UTC', lateAfter: 'PT6H' };

/**
 * The sample estate with only these systems (by region), and without a schedule that could come due while a test runs:
 * what runs is what the test starts.
 */
export function narrowedEstate(wanted: Readonly<Record<string, readonly string[]>>): EstateFile {
  const estate = sampleEstate();
  estate.systems = estate.systems.filter((system) => system.id in wanted);
  for (const system of estate.systems) {
    system.regions = system.regions.filter(({ region }) => wanted[system.id]?.includes(region));
    // All of them: those that the file leaves out have defaults, and come due at midnight and in the morning.
    for (const kind of ['snapshot', 'scan', 'prune', 'drill']) system.schedules[kind] = never;
  }
  return estate;
}

/** Writes an estate file; returns its path. */
export function writeEstate(folder: string, estate: EstateFile): string {
  const file = path.join(folder, 'estate.yaml');
  writeFileSync(file, stringify(estate, { lineWidth: 0 }));
  return file;
}
