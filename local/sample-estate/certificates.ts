/**
 * The certificates of Cloud Storage's sample: a trust anchor, an intermediate authority, one certificate per device,
 * and the revocation lists of both authorities. All keys are P-384, all signatures ECDSA with SHA-384.
 * Invariant: the anchor's private key is used here once and never stored.
 */
import 'reflect-metadata';
import { webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A device's certificate and private key (PKCS #8 PEM). */
export interface DeviceCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Hexadecimal serial number. */
  readonly serial: string;
}

/** Everything that verifiers need (PEM) and what the devices sign with. */
export interface TrustMaterial {
  readonly anchorPem: string;
  readonly intermediatePem: string;
  /** Issued by the anchor: revoked authorities (none). */
  readonly anchorRevocationPem: string;
  /** Issued by the intermediate: revoked devices (one that was lost before it signed anything). */
  readonly deviceRevocationPem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly devices: readonly DeviceCertificate[];
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-384' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-384' };
const dayMs = 86_400_000;
const validBeforeDays = 120;
const validAfterDays = 1_825;

/** Issues the hierarchy with one certificate per device name; valid from 120 days before `now` for about five years. */
export async function issueTrustMaterial(
  owner: string,
  deviceNames: readonly string[],
  now: Date,
): Promise<TrustMaterial> {
  const notBefore = new Date(now.getTime() - validBeforeDays * dayMs);
  const notAfter = new Date(now.getTime() + validAfterDays * dayMs);
  const period = { notBefore, notAfter };
  const anchor = await issueAnchor(owner, period);
  const intermediate = await issueIntermediate(owner, anchor, period);
  const devices: DeviceCertificate[] = [];
  for (const [index, name] of deviceNames.entries()) {
    devices.push(await issueDevice(name, serialNumber(16 + index), intermediate, period));
  }
  const lost = {
    serialNumber: serialNumber(8),
    revocationDate: notBefore,
    reason: x509.X509CrlReason.keyCompromise,
  };
  return {
    anchorPem: anchor.certificate.toString('pem'),
    intermediatePem: intermediate.certificate.toString('pem'),
    anchorRevocationPem: await issueRevocationList(anchor, [], period, now),
    deviceRevocationPem: await issueRevocationList(intermediate, [lost], period, now),
    ...period,
    devices,
  };
}

/** A certificate of a PEM text in the form of `x5c`: base64 of its DER. */
export function certificateToX5c(pem: string): string {
  return new NodeCertificate(pem).raw.toString('base64');
}

interface Period {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Twenty-four bits are plenty for one sample authority; the leading byte keeps the number positive. */
function serialNumber(value: number): string {
  return `01${value.toString(16).padStart(6, '0')}`;
}

async function issueAnchor(owner: string, period: Period): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${owner} Trust Anchor, O=${owner}`,
    serialNumber: serialNumber(1),
    ...period,
    keys,
    signingAlgorithm,
    extensions: await authorityExtensions(keys.publicKey, keys.publicKey, 1),
  });
  return { certificate, privateKey: keys.privateKey };
}

async function issueIntermediate(owner: string, anchor: Authority, period: Period): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${owner} Device Authority, O=${owner}`,
    issuer: anchor.certificate.subject,
    serialNumber: serialNumber(2),
    ...period,
    publicKey: keys.publicKey,
    signingKey: anchor.privateKey,
    signingAlgorithm,
    extensions: await authorityExtensions(keys.publicKey, anchor.certificate.publicKey, 0),
  });
  return { certificate, privateKey: keys.privateKey };
}

async function authorityExtensions(
  subject: x509.PublicKeyType,
  issuer: x509.PublicKeyType,
  pathLength: number,
): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(subject),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ];
}

async function issueDevice(
  name: string,
  serial: string,
  issuer: Authority,
  period: Period,
): Promise<DeviceCertificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: issuer.certificate.subject,
    serialNumber: serial,
    ...period,
    publicKey: keys.publicKey,
    signingKey: issuer.privateKey,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
    ],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const privateKeyPem = x509.PemConverter.encode(exported, x509.PemConverter.PrivateKeyTag);
  return { certificatePem: certificate.toString('pem'), privateKeyPem, serial };
}

async function issueRevocationList(
  issuer: Authority,
  entries: x509.X509CrlEntryParams[],
  period: Period,
  now: Date,
): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: now,
    nextUpdate: period.notAfter,
    entries,
    signingKey: issuer.privateKey,
    signingAlgorithm,
  });
  return list.toString('pem');
}
