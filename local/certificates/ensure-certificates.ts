/**
 * Keeps the certificates of the embedded stack on disk. They are made the first time, kept while they are good, and
 * renewed when they no longer parse, no longer belong together, or end within 30 days. The authority outlives its
 * server certificates, so that a renewed server is still trusted by whoever loaded `ca.pem` earlier.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { issueAuthority, issueServerCertificate, type IssuedCertificate } from './issue.ts';

const renewBeforeMs = 30 * 86_400_000;
const loopbackNames = { hosts: ['localhost'], addresses: ['127.0.0.1', '::1'] };

/** Where the PEM files of the embedded stack lie. */
export interface CertificatePaths {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes or renews `ca.pem`, `server.pem`, `server.key` (and `ca.key`) in `dir` as needed and returns their paths. */
export async function ensureCertificates(dir: string, now = new Date()): Promise<CertificatePaths> {
  await mkdir(dir, { recursive: true });
  const paths = { caFile: inDir('ca.pem'), certFile: inDir('server.pem'), keyFile: inDir('server.key') };
  let authority = await readPair(paths.caFile, inDir('ca.key'));
  if (authority === undefined || !isGoodAuthority(authority, now)) {
    authority = await issueAuthority(now);
    await writePair(authority, paths.caFile, inDir('ca.key'));
  }
  const server = await readPair(paths.certFile, paths.keyFile);
  if (server === undefined || !isGoodServer(server, authority, now)) {
    await writePair(await issueServerCertificate(authority, now), paths.certFile, paths.keyFile);
  }
  return paths;

  function inDir(name: string): string {
    return path.join(dir, name);
  }
}

async function readPair(certFile: string, keyFile: string): Promise<IssuedCertificate | undefined> {
  const [certificatePem, keyPem] = await Promise.all([readIfPresent(certFile), readIfPresent(keyFile)]);
  return certificatePem === undefined || keyPem === undefined ? undefined : { certificatePem, keyPem };
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isGoodAuthority(pair: IssuedCertificate, now: Date): boolean {
  const certificate = parse(pair);
  return certificate !== undefined && certificate.ca && isFresh(certificate, now);
}

function isGoodServer(pair: IssuedCertificate, authority: IssuedCertificate, now: Date): boolean {
  const certificate = parse(pair);
  if (certificate === undefined || !isFresh(certificate, now)) return false;
  const namesMatch =
    loopbackNames.hosts.every((host) => certificate.checkHost(host) !== undefined) &&
    loopbackNames.addresses.every((address) => certificate.checkIP(address) !== undefined);
  return namesMatch && certificate.verify(new X509Certificate(authority.certificatePem).publicKey);
}

/** The certificate when it parses and its key fits it. */
function parse(pair: IssuedCertificate): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    return certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) ? certificate : undefined;
  } catch {
    // Unreadable PEM is one of the reasons to renew.
    return undefined;
  }
}

function isFresh(certificate: X509Certificate, now: Date): boolean {
  const end = Date.parse(certificate.validTo);
  return Date.parse(certificate.validFrom) <= now.getTime() && end - now.getTime() > renewBeforeMs;
}

// The key goes first: a crash in between leaves a pair that does not fit and is made again.
async function writePair(pair: IssuedCertificate, certFile: string, keyFile: string): Promise<void> {
  await replaceFile(keyFile, pair.keyPem, 0o600);
  await replaceFile(certFile, pair.certificatePem, 0o644);
}

async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, content, { mode });
  await chmod(temporary, mode);
  await rename(temporary, file);
}
