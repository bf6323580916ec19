/** What the stack takes from the project and what it leaves for the command line: bundle, estate file, profile. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Profile } from '../../src/contracts/profile.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { CertificatePaths } from '../certificates/ensure-certificates.ts';
import { keyFilePaths } from '../sample-estate/key-files.ts';
import { writeJson, type Secrets, type StateFolder } from './state.ts';
import { authorityOf, type Ports } from './topology.ts';

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

/** Writes how the apps are reached, and as whom, for the command line. */
export function writeProfile(
  state: StateFolder,
  ports: Ports,
  { tenant, api }: Secrets,
  certificates: CertificatePaths,
): Profile {
  const identities = Object.fromEntries(
    Object.entries(api.identities).map(([role, { clientId, secret }]) => [role, { clientId, secret }]),
  );
  const profile: Profile = {
    schema: 'lifeboat/profile/v2',
    deployments: [...ports.hosts].map(([region, port]) => ({ region, url: `http://127.0.0.1:${port}` })),
    login: {
      ...{ tenant, scope: `api://${api.audience}/.default`, authority: authorityOf(ports) },
      ...{ identities, as: 'operator' },
    },
    caFile: certificates.caFile,
  };
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
