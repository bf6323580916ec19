/**
 * A small certificate authority for tests, which issues what a real one would refuse to: authorities without the flag,
 * wrong periods, foreign lists. Invariant: all instants are given, so that no test depends on the day it runs.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { certificateToX5c } from '../../../local/sample-estate/certificates.ts';
import { createChangeSigner, type ChangeSigner } from '../../../local/sample-estate/change-record.ts';

/** A certificate with its key. */
export interface Identity {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** What a certificate says; the default is a device's of the test's period. */
export interface CertificateOrder {
  readonly issuer?: Identity;
  readonly serial?: string;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  readonly usages?: x509.KeyUsageFlags;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly curve?: 'P-256' | 'P-384';
  readonly extensions?: readonly x509.Extension[];
}

export const period = { notBefore: '2026-01-01T00:00:00Z', notAfter: '2028-01-01T00:00:00Z' } as const;
/** The instant of the verifications. */
export const now = Date.parse('2026-06-01T00:00:00Z');
export const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
const authorityUsages: x509.KeyUsageFlags = keyCertSign | cRLSign;

let issued = 0;

/** Issues a certificate; self-signed without an issuer. */
export async function issue(name: string, order: CertificateOrder = {}): Promise<Identity> {
  const { issuer, isAuthority = false, curve = 'P-384' } = order;
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, [
    'sign',
    'verify',
  ]);
  issued += 1;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subject ?? `CN=${name}`,
    serialNumber: order.serial ?? `01${issued.toString(16).padStart(6, '0')}`,
    notBefore: new Date(order.notBefore ?? period.notBefore),
    notAfter: new Date(order.notAfter ?? period.notAfter),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, isAuthority ? order.pathLength : undefined, true),
      new x509.KeyUsagesExtension(order.usages ?? (isAuthority ? authorityUsages : digitalSignature), true),
      ...(order.extensions ?? []),
    ],
  });
  return { certificate, keys };
}

/** A revocation list; by default an empty one that is fresh at `now`. */
export async function issueList(
  issuer: Identity,
  order: {
    readonly revoked?: readonly { readonly of: Identity; readonly at: string }[];
    readonly thisUpdate?: string;
    readonly nextUpdate?: string;
    readonly signedBy?: Identity;
  } = {},
): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subject,
    thisUpdate: new Date(order.thisUpdate ?? '2026-05-31T00:00:00Z'),
    nextUpdate: new Date(order.nextUpdate ?? '2026-06-08T00:00:00Z'),
    entries: (order.revoked ?? []).map(({ of, at }) => ({
      serialNumber: of.certificate.serialNumber,
      revocationDate: new Date(at),
      reason: x509.X509CrlReason.cessationOfOperation,
    })),
    signingKey: (order.signedBy ?? issuer).keys.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
  });
  return list.toString('pem');
}

/** A hierarchy: anchor, intermediate authority, two devices, and fresh empty lists of both authorities. */
export async function makeHierarchy() {
  const anchor = await issue('Anchor', { isAuthority: true, pathLength: 1 });
  const intermediate = await issue('Devices', { issuer: anchor, isAuthority: true, pathLength: 0 });
  const devices = [
    await issue('device-a', { issuer: intermediate }),
    await issue('device-b', { issuer: intermediate }),
  ] as const;
  const lists = [await issueList(anchor), await issueList(intermediate)] as const;
  return { anchor, intermediate, devices, lists };
}

export const pemOf = (identity: Identity): string => identity.certificate.toString('pem');
export const x5cOf = (...chain: readonly Identity[]): string[] =>
  chain.map((one) => certificateToX5c(pemOf(one)));

/** A signer whose header holds the chain: device first. */
export async function signerOf(device: Identity, ...authorities: readonly Identity[]): Promise<ChangeSigner> {
  const key = await webcrypto.subtle.exportKey('pkcs8', device.keys.privateKey);
  const pem = x509.PemConverter.encode(key, x509.PemConverter.PrivateKeyTag);
  return createChangeSigner(pem, x5cOf(device, ...authorities));
}

/** A JWS with any header and payload, signed with the device's key as ES384 signs. */
export async function signAs(device: Identity, header: object, payload: object): Promise<string> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = await webcrypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-384' },
    device.keys.privateKey,
    Buffer.from(input),
  );
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}
