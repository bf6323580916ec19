/**
 * From the certificates of a record's header to a key that may be trusted: the device's certificate first, each issued
 * by the next, the last by a configured trust anchor. Invariant: nothing in a header is trusted for being there; only
 * the anchors, which come with the deployment, are.
 */
import type { webcrypto } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import type { RevocationListState } from '../../contracts/change-records.ts';
import type { ChainFacts } from '../../policy/change-signing.ts';
import { Failure } from '../../policy/failure.ts';
import {
  isIssuedBy,
  parseCertificates,
  parseX5c,
  problemOfAuthority,
  problemOfDevice,
} from './certificates.ts';
import { RevocationLists } from './revocation.ts';

/** Trust anchors and revocation lists as PEM texts. */
export interface TrustTexts {
  readonly anchors: readonly string[];
  readonly revocationLists: readonly string[];
}

/** A chain that ends in an anchor, and the device's key; or why there is none. */
export type JudgedChain =
  | { readonly key: webcrypto.CryptoKey; readonly facts: ChainFacts }
  | { readonly untrusted: string };

/** The anchors and lists of one verification. */
export interface Trust {
  /** Judges a chain of `x5c` (base64 of DER, device first). */
  judgeChain(x5c: readonly string[]): Promise<JudgedChain>;
  /** The revocation lists and how they were judged so far. */
  listStates(): RevocationListState[];
}

/** Opens trust as of `now` (epoch milliseconds). Throws `bad-estate` when an anchor cannot be one. */
export function openTrust(texts: TrustTexts, now: number): Trust {
  const anchors = texts.anchors.flatMap(readAnchors);
  const lists = new RevocationLists(texts.revocationLists, now);
  return {
    judgeChain: (x5c) => judgeChain(x5c, anchors, lists),
    listStates: () => lists.states(),
  };
}

function readAnchors(pem: string): X509Certificate[] {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Failure(
      'bad-estate',
      `a trust anchor of the change records cannot be used: ${why}`,
      'Put the authority’s certificate as PEM under changeRecords.trustAnchors in the estate file.',
      { cause },
    );
  };
  let anchors: X509Certificate[];
  try {
    anchors = parseCertificates(pem);
  } catch (thrown) {
    return refuse('it is no certificate in PEM', thrown);
  }
  for (const anchor of anchors) {
    const problem = problemOfAuthority(anchor, 0);
    if (problem !== undefined) refuse(problem);
  }
  return anchors;
}

async function judgeChain(
  x5c: readonly string[],
  anchors: readonly X509Certificate[],
  lists: RevocationLists,
): Promise<JudgedChain> {
  const parsed = x5c.map(parseX5c);
  const given = parsed.filter((certificate) => certificate !== undefined);
  const device = given[0];
  if (device === undefined || given.length !== parsed.length)
    return { untrusted: 'its chain holds something that is no certificate' };
  const chain = await completeChain(withoutAnchor(given, anchors), anchors);
  if ('untrusted' in chain) return chain;
  const { certificates } = chain;
  const problem =
    problemOfDevice(device) ??
    certificates
      .slice(1)
      .reduce<string | undefined>(
        (found, certificate, below) => found ?? problemOfAuthority(certificate, below),
        undefined,
      );
  if (problem !== undefined) return { untrusted: problem };
  const key = await device.publicKey.export({ name: 'ECDSA', namedCurve: 'P-384' }, ['verify']);
  return { key, facts: await factsOf(certificates, lists) };
}

/** A header may repeat the anchor at its end: the configured one takes its place. */
function withoutAnchor(
  given: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): readonly X509Certificate[] {
  const last = given.at(-1);
  const isAnchor = given.length > 1 && anchors.some((anchor) => last !== undefined && anchor.equal(last));
  return isAnchor ? given.slice(0, -1) : given;
}

/** Checks that each certificate is issued by the next, and finds the anchor that issued the last. */
async function completeChain(
  given: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): Promise<{ readonly certificates: readonly X509Certificate[] } | { readonly untrusted: string }> {
  for (const [index, certificate] of given.entries()) {
    const issuer = given[index + 1];
    if (issuer !== undefined && !(await isIssuedBy(certificate, issuer)))
      return {
        untrusted: `certificate ${certificate.serialNumber} was not issued by the next one of its chain`,
      };
  }
  const last = given.at(-1);
  for (const anchor of anchors)
    if (last !== undefined && (await isIssuedBy(last, anchor))) return { certificates: [...given, anchor] };
  return { untrusted: 'its chain does not end in a trust anchor of the estate' };
}

async function factsOf(
  certificates: readonly X509Certificate[],
  lists: RevocationLists,
): Promise<ChainFacts> {
  const statuses = await Promise.all(
    certificates.slice(0, -1).map((certificate, index) => {
      return lists.statusOf(certificate, certificates[index + 1] as X509Certificate);
    }),
  );
  const revocations = statuses.flatMap(({ revokedAt }) => (revokedAt === undefined ? [] : [revokedAt]));
  return {
    notBefore: Math.max(...certificates.map((one) => one.notBefore.getTime())),
    notAfter: Math.min(...certificates.map((one) => one.notAfter.getTime())),
    revokedAt: revocations.length === 0 ? undefined : Math.min(...revocations),
    revocationDoubt: statuses.find(({ doubt }) => doubt !== undefined)?.doubt,
  };
}
