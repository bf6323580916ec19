/**
 * Revocation lists: which list speaks for an authority, and what it says about a certificate. A list counts only if
 * the authority signed it, may sign lists, and it is fresh at the time of the verification; of several the newest
 * counts. Invariant: "not revoked" is said only on the word of such a list; a stale list can still say "revoked".
 */
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { RevocationListState } from '../../contracts/change-records.ts';
import { clockToleranceMs } from '../../policy/change-records.ts';
import { isStrongSignature, maySignLists, nameOf } from './certificates.ts';

/** What is known of one certificate: when it was revoked, and why that cannot be said for sure. */
export interface RevocationStatus {
  /** Epoch milliseconds. */
  readonly revokedAt: number | undefined;
  readonly doubt: string | undefined;
}

interface GivenList {
  readonly list: x509.X509Crl;
  readonly issuer: string;
  state: RevocationListState['state'];
}

interface Authority {
  /** Serial number → from when the certificate is revoked, epoch milliseconds. */
  readonly revoked: ReadonlyMap<string, number>;
  readonly doubt: string | undefined;
}

/** The lists that were given, judged at `now` (epoch milliseconds). */
export class RevocationLists {
  readonly #now: number;
  readonly #given: GivenList[] = [];
  #unreadable = 0;
  readonly #authorities = new Map<string, Promise<Authority>>();

  constructor(pems: readonly string[], now: number) {
    this.#now = now;
    for (const pem of pems) this.#add(pem);
  }

  /** What the lists of `issuer` say about a certificate that it issued. */
  async statusOf(certificate: x509.X509Certificate, issuer: x509.X509Certificate): Promise<RevocationStatus> {
    const key = Buffer.from(issuer.rawData).toString('base64');
    const standing = this.#authorities.get(key) ?? this.#judgeAuthority(issuer);
    this.#authorities.set(key, standing);
    const { revoked, doubt } = await standing;
    return { revokedAt: revoked.get(plainSerial(certificate.serialNumber)), doubt };
  }

  /** Each list and whether it was used; what was never asked for is `unused`. */
  states(): RevocationListState[] {
    const known = this.#given.map(({ list, state }): RevocationListState => ({
      issuer: list.issuer.slice(0, 200),
      state,
      thisUpdate: list.thisUpdate.toISOString(),
      ...(list.nextUpdate === undefined ? {} : { nextUpdate: list.nextUpdate.toISOString() }),
    }));
    const unreadable = Array.from({ length: this.#unreadable }, (): RevocationListState => {
      return { issuer: '', state: 'unreadable' };
    });
    return [...known, ...unreadable];
  }

  #add(pem: string): void {
    try {
      const lists = x509.PemConverter.decode(pem).map((raw) => new x509.X509Crl(raw));
      for (const list of lists) this.#given.push({ list, issuer: nameOf(list.issuerName), state: 'unused' });
      if (lists.length === 0) this.#unreadable += 1;
    } catch {
      this.#unreadable += 1;
    }
  }

  async #judgeAuthority(issuer: x509.X509Certificate): Promise<Authority> {
    const name = nameOf(issuer.subjectName);
    // Another authority of the same name, judged at the same time, may come to another verdict on the same list.
    const own = await Promise.all(
      this.#given
        .filter((given) => given.issuer === name)
        .map(async (given) => ({
          given,
          list: given.list,
          state: await this.#judgeList(given.list, issuer),
        })),
    );
    for (const { given, state } of own) if (!isSigned(given)) given.state = state;
    const signed = own.filter(isSigned);
    const newest = signed.toSorted((a, b) => b.list.thisUpdate.getTime() - a.list.thisUpdate.getTime())[0];
    const about = `revocation list of the issuer of its chain (certificate ${issuer.serialNumber})`;
    if (newest === undefined)
      return {
        revoked: new Map(),
        doubt:
          own.length === 0 ? `there is no ${about}` : `no ${about} can be used: ${own[0]?.state ?? 'none'}`,
      };
    const doubt =
      newest.state === 'stale'
        ? `the ${about} is stale: its next update was due ${newest.list.nextUpdate?.toISOString() ?? 'at no stated time'}`
        : undefined;
    return { revoked: entriesOf(newest.list), doubt };
  }

  async #judgeList(list: x509.X509Crl, issuer: x509.X509Certificate): Promise<RevocationListState['state']> {
    if (!isStrongSignature(list.signatureAlgorithm) || !maySignLists(issuer)) return 'bad-signature';
    try {
      if (!(await list.verify({ publicKey: issuer.publicKey }))) return 'bad-signature';
    } catch {
      return 'bad-signature'; // Its signature is not even of the right form.
    }
    // Delta and indirect lists, and those for some certificates alone, say so in a critical extension.
    if (list.extensions.some((extension) => extension.critical)) return 'unsupported';
    if (list.thisUpdate.getTime() > this.#now + clockToleranceMs) return 'not-yet';
    return list.nextUpdate === undefined || list.nextUpdate.getTime() < this.#now ? 'stale' : 'usable';
  }
}

/** Whether an authority signed it, so that it says something. */
const isSigned = ({ state }: Pick<GivenList, 'state'>): boolean => state === 'usable' || state === 'stale';

/** A key that was compromised before it was revoked is revoked from then on. */
function entriesOf(list: x509.X509Crl): ReadonlyMap<string, number> {
  return new Map(
    list.entries.map((entry) => [
      plainSerial(entry.serialNumber),
      Math.min(entry.revocationDate.getTime(), entry.invalidity?.getTime() ?? Number.POSITIVE_INFINITY),
    ]),
  );
}

/** Serial numbers differ in case and leading zeros between encoders. */
const plainSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '');
