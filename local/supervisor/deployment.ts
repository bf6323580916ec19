/** What the stack takes from the project and what it leaves for the command line: bundle, estate file, profile. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Profile } from '../../src/contracts/api.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { CertificatePaths } from '../certificates/ensure-certificates.ts';
import { keyFilePaths } from '../sample-estate/key-files.ts';
import { readJson, writeJson, type StateFolder } from './state.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Lays out what would be deployed: the bundle, host.json, package.json, the estate file; nothing else is run. */
export function layOutDeployment(
  state: StateFolder,
  estateText: string,
  stateDir: string,
  regions: readonly string[],
): void {
  const [target, next] = [state.path('deployment'), state.path('deployment.new')];
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  cpSync(path.join(root, 'dist'), path.join(next, 'dist'), { recursive: true });
  for (const file of ['host.json', 'package.json']) cpSync(path.join(root, file), path.join(next, file));
  writeFileSync(path.join(next, 'estate.yaml'), estateText);
  // What the sample estate names as file:trust/…, as an operator deploys it beside the estate file.
  for (const region of regions) {
    const { trustAnchor } = keyFilePaths(stateDir, region);
    if (existsSync(trustAnchor)) cpSync(trustAnchor, path.join(next, 'trust', `cloud-storage-${region}.pem`));
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(next, target);
}

/** Writes how the apps are reached, for the command line. */
export function writeProfile(
  state: StateFolder,
  regions: readonly string[],
  hosts: ReadonlyMap<string, number>,
  certificates: CertificatePaths,
): Profile {
  const deployments = regions.map((region) => {
    const keys = readJson(state.path('hosts', region, 'keys.json')) as { function: string } | undefined;
    return { region, url: `http://127.0.0.1:${hosts.get(region)}`, key: keys?.function ?? '' };
  });
  const profile: Profile = { schema: 'lifeboat/profile/v1', deployments, caFile: certificates.caFile };
  writeJson(state.path('profile.json'), profile);
  return profile;
}

/** The estate file's text; throws `bad-estate` if it cannot be read. */
export function readEstateText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Failure(
      'bad-estate',
      `the estate file ${file} ${problem}`,
      'Name an estate file with --estate; the sample is estate.yaml in the project folder.',
      { cause },
    );
  }
}
