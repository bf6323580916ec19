/**
 * What a certificate must be to stand in a chain of change records: P-384 keys, ECDSA signatures with SHA-384 or
 * longer, an authority that may sign certificates within its path length, a device that may sign and is no authority.
 * Invariant: a certificate with a critical extension that is not understood here stands in no chain.
 */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const understood = ['2.5.29.15', '2.5.29.19']; // keyUsage, basicConstraints
const longEnough = ['SHA-384', 'SHA-512'];

/** Every certificate in a PEM text; throws when there is none that can be read. */
export function parseCertificates(pem: string): x509.X509Certificate[] {
  const found = x509.PemConverter.decode(pem).map((raw) => new x509.X509Certificate(raw));
  if (found.length === 0) throw new Error('no certificate in the PEM text');
  return found;
}

/** A certificate of an `x5c` header (base64 of its DER); undefined when it is none. */
export function parseX5c(base64: string): x509.X509Certificate | undefined {
  try {
    return new x509.X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** Why the certificate may not sign records; undefined when it may. */
export function problemOfDevice(certificate: x509.X509Certificate): string | undefined {
  if (certificate.getExtension(x509.BasicConstraintsExtension)?.ca === true)
    return `certificate ${certificate.serialNumber} is an authority's, not a device's`;
  if (!mayUse(certificate, x509.KeyUsageFlags.digitalSignature))
    return `certificate ${certificate.serialNumber} may not be used for signatures`;
  return problemOfAny(certificate);
}

/** Why the certificate may not issue others; undefined when it may. `below` counts authorities under it. */
export function problemOfAuthority(certificate: x509.X509Certificate, below: number): string | undefined {
  const constraints = certificate.getExtension(x509.BasicConstraintsExtension);
  if (constraints?.ca !== true) return `certificate ${certificate.serialNumber} is no authority's`;
  if (constraints.pathLength !== undefined && below > constraints.pathLength)
    return `certificate ${certificate.serialNumber} allows ${constraints.pathLength} authorities under it, not ${below}`;
  if (!mayUse(certificate, x509.KeyUsageFlags.keyCertSign))
    return `certificate ${certificate.serialNumber} may not sign certificates`;
  return problemOfAny(certificate);
}

/** Whether the certificate may sign revocation lists. */
export function maySignLists(certificate: x509.X509Certificate): boolean {
  return mayUse(certificate, x509.KeyUsageFlags.cRLSign);
}

/** Whether `child` names `issuer` and carries its signature; validity is judged elsewhere, at the time of signing. */
export async function isIssuedBy(
  child: x509.X509Certificate,
  issuer: x509.X509Certificate,
): Promise<boolean> {
  if (nameOf(child.issuerName) !== nameOf(issuer.subjectName)) return false;
  if (!isStrongSignature(child.signatureAlgorithm) || !isP384(issuer)) return false;
  try {
    return await child.verify({ publicKey: issuer.publicKey, signatureOnly: true });
  } catch {
    return false; // A signature that is not even of the right form.
  }
}

/** A distinguished name as comparable text. */
export function nameOf(name: x509.Name): string {
  return Buffer.from(name.toArrayBuffer()).toString('hex');
}

/** Whether signatures of this kind are accepted. */
export function isStrongSignature(algorithm: x509.HashedAlgorithm): boolean {
  const { name, hash } = algorithm as { name: string; hash?: string | { name?: string } };
  return name === 'ECDSA' && longEnough.includes((typeof hash === 'string' ? hash : hash?.name) ?? '');
}

function isP384(certificate: x509.X509Certificate): boolean {
  const { name, namedCurve } = certificate.publicKey.algorithm as { name: string; namedCurve?: string };
  return name === 'ECDSA' && namedCurve === 'P-384';
}

function problemOfAny(certificate: x509.X509Certificate): string | undefined {
  if (!isP384(certificate)) return `certificate ${certificate.serialNumber} has no P-384 key`;
  const unknown = certificate.extensions.find((one) => one.critical && !understood.includes(one.type));
  if (unknown === undefined) return undefined;
  return `certificate ${certificate.serialNumber} has a critical extension that is not understood: ${unknown.type}`;
}

function mayUse(certificate: x509.X509Certificate, flag: x509.KeyUsageFlags): boolean {
  const usages = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  return (usages & flag) !== 0;
}
