/**
 * Issues the certificates of the embedded stack: one certificate authority and one server certificate for the
 * loopback names. Every validity begins a day back, so that a clock set back a little never refuses them.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const dayMs = 86_400_000;
const authorityLifetimeDays = 3650;
const serverLifetimeDays = 397;

/** A certificate with its private key, both PEM. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Issues a self-signed authority (P-384, ten years). */
export async function issueAuthority(now: Date): Promise<IssuedCertificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Lifeboat embedded stack CA, O=Lifeboat, OU=${now.toISOString()}`,
    ...validity(now, authorityLifetimeDays),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

/** Issues a server certificate (P-256, 397 days) for `127.0.0.1`, `::1` and `localhost`, signed by the authority. */
export async function issueServerCertificate(
  authority: IssuedCertificate,
  now: Date,
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost, O=Lifeboat',
    issuer: issuer.subjectName,
    ...validity(now, serverLifetimeDays),
    publicKey: keys.publicKey,
    signingKey: await importAuthorityKey(authority.keyPem),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), keyPem: await exportKey(keys.privateKey) };
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const at = now.getTime();
  return { notBefore: new Date(at - dayMs), notAfter: new Date(at + days * dayMs) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importAuthorityKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign']);
}
