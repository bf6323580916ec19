/**
 * Keeps Cloud Storage's keys in the state folder: PEM files for verifiers, and one JSON file with the devices' and the
 * tenants' keys for the sample's own clients. Invariant: `keys.json` is written last and by rename, so that a key set
 * is complete or absent.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A device as a signer. */
export interface DeviceKeys {
  readonly id: string;
  readonly tenantId: string;
  readonly privateKeyPem: string;
  readonly certificatePem: string;
}

/** What `keys.json` holds; tenants' private keys are raw P-384 scalars in hex and serve tests only. */
export interface KeySet {
  readonly version: 1;
  readonly intermediatePem: string;
  readonly devices: readonly DeviceKeys[];
  readonly tenants: readonly {
    readonly id: string;
    readonly publicKey: string;
    readonly privateKey: string;
  }[];
}

/** What verifiers get, as PEM text. */
export interface PublicMaterial {
  readonly anchorPem: string;
  readonly intermediatePem: string;
  readonly anchorRevocationPem: string;
  readonly deviceRevocationPem: string;
}

/** The files of one region's Cloud Storage; the estate file names the first four. */
export function keyFilePaths(stateDir: string, region: string) {
  const folder = join(stateDir, 'cloud-storage', region);
  return {
    folder,
    trustAnchor: join(folder, 'trust-anchor.pem'),
    intermediate: join(folder, 'intermediate.pem'),
    anchorRevocation: join(folder, 'trust-anchor.crl.pem'),
    deviceRevocation: join(folder, 'intermediate.crl.pem'),
    keys: join(folder, 'keys.json'),
  } as const;
}

/** Writes all files, replacing an earlier key set. */
export async function writeKeyFiles(
  stateDir: string,
  region: string,
  material: PublicMaterial,
  keys: KeySet,
): Promise<void> {
  const paths = keyFilePaths(stateDir, region);
  await mkdir(paths.folder, { recursive: true });
  await replaceFile(paths.trustAnchor, material.anchorPem, 0o644);
  await replaceFile(paths.intermediate, material.intermediatePem, 0o644);
  await replaceFile(paths.anchorRevocation, material.anchorRevocationPem, 0o644);
  await replaceFile(paths.deviceRevocation, material.deviceRevocationPem, 0o644);
  await replaceFile(paths.keys, JSON.stringify(keys, null, 2), 0o600);
}

/** Reads the key set; throws with the next step when it is missing or not of this version. */
export async function readKeySet(stateDir: string, region: string): Promise<KeySet> {
  const path = keyFilePaths(stateDir, region).keys;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `the signing keys of Cloud Storage cannot be read from ${path}: seed the sample estate afresh`,
      { cause },
    );
  }
  const keys = JSON.parse(text) as KeySet;
  if (keys.version !== 1)
    throw new Error(`${path} is not a key set of version 1: seed the sample estate afresh`);
  return keys;
}

async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode, flush: true });
  await rename(temporary, path);
}
