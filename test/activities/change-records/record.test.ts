/** One record by itself: what is proven, and each way of not being. */
import 'reflect-metadata';
import { createHmac } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ChangeRecordReader,
  changeRecordType,
  verifyChangeRecord,
  type ChangeRecordVerdict,
} from '../../../src/activities/change-records/record.ts';
import { openTrust } from '../../../src/activities/change-records/trust.ts';
import type { ChangePayload } from '../../../src/policy/change-records.ts';
import {
  issue,
  issueList,
  makeHierarchy,
  now,
  pemOf,
  signAs,
  signerOf,
  x5cOf,
  type Identity,
} from './authority.ts';
import { digitalSignature, keyCertSign } from './authority.ts';

const payload: ChangePayload = {
  ...{ sequence: 1, object: 'object-1', operation: 'create', address: 'ab'.repeat(32), size: 5 },
  ...{ at: '2026-03-01T00:00:00.000Z', previous: null },
};

let ours: Awaited<ReturnType<typeof makeHierarchy>>;
let device: Identity;
let jws: string;

beforeAll(async () => {
  ours = await makeHierarchy();
  [device] = ours.devices;
  jws = (await signerOf(device, ours.intermediate)).sign(payload);
});

const contextOf = (lists: readonly string[], anchors: readonly Identity[]) => {
  const trust = openTrust({ anchors: anchors.map(pemOf), revocationLists: lists }, now);
  return { reader: new ChangeRecordReader(trust, 'sha256'), now };
};

const verify = (
  text: string,
  lists: readonly string[] = ours.lists,
  anchors: readonly Identity[] = [ours.anchor],
): Promise<ChangeRecordVerdict> => verifyChangeRecord(text, contextOf(lists, anchors));

async function problemsOf(...of: Parameters<typeof verify>): Promise<string[]> {
  const verdict = await verify(...of);
  return verdict.verdict === 'proven' ? [] : verdict.problems.map(({ kind }) => kind);
}

const header = () => ({ alg: 'ES384', typ: changeRecordType, x5c: x5cOf(device, ours.intermediate) });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (signer: Identity, ...authorities: Identity[]) =>
  signAs(signer, { ...header(), x5c: x5cOf(signer, ...authorities) }, payload);

describe('A record', () => {
  it('is proven when a device of the anchor signed it', async () => {
    expect(await verify(jws)).toMatchObject({ verdict: 'proven', payload, isRevokedLater: false });
  });

  it('is proven when its header repeats the anchor, or its device is the anchor’s own', async () => {
    expect(await problemsOf(await signed(device, ours.intermediate, ours.anchor))).toEqual([]);
    const direct = await issue('direct', { issuer: ours.anchor });
    expect(await problemsOf(await signed(direct))).toEqual([]);
  });

  it('is not proven when any single bit of it is another', async () => {
    const bytes = Buffer.from(jws, 'ascii');
    // A few bits of every part: the signature's own are tried all.
    const from = jws.lastIndexOf('.') * 8;
    const bits = [
      ...Array.from({ length: 60 }, (_, index) => Math.floor((index * from) / 60)),
      ...Array.from({ length: (bytes.length - from / 8) * 8 }, (_, index) => from + index),
    ];
    const context = contextOf(ours.lists, [ours.anchor]);
    for (const bit of bits) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const { verdict } = await verifyChangeRecord(changed.toString('latin1'), context);
      expect(verdict, `bit ${bit}`).toBe('not-proven');
    }
  });

  it('still says what it brings in when its signature is wrong', async () => {
    const [head, body, tail = ''] = jws.split('.');
    const verdict = await verify(`${head}.${body}.${tail.startsWith('A') ? 'B' : 'A'}${tail.slice(1)}`);
    expect(verdict).toMatchObject({ verdict: 'not-proven', payload, problems: [{ kind: 'bad-signature' }] });
  });
});

describe('An algorithm or form', () => {
  const withHeader = (change: object) => signAs(device, { ...header(), ...change }, payload);

  it('is unsigned with none, without signature and without text', async () => {
    const [head = '', body = ''] = jws.split('.');
    const none = `${encode({ ...header(), alg: 'none' })}.${body}.`;
    for (const text of [none, `${head}.${body}.`, `${head}.${body}`, ''])
      expect(await problemsOf(text)).toEqual(['unsigned']);
  });

  it('is refused unless it is ES384, even where the signature would fit', async () => {
    for (const alg of ['ES256', 'ES512', 'RS256', 'PS384', 'EdDSA', 'es384'])
      expect(await problemsOf(await withHeader({ alg }))).toEqual(['bad-signature']);
    const input = `${encode({ ...header(), alg: 'HS256' })}.${encode(payload)}`;
    const key = Buffer.from(device.certificate.publicKey.rawData);
    const mac = createHmac('sha256', key).update(input).digest('base64url');
    expect(await problemsOf(`${input}.${mac}`)).toEqual(['bad-signature']);
  });

  it('is refused with another type, critical parameters or an unencoded payload', async () => {
    for (const change of [
      { typ: 'JWT' },
      { typ: undefined },
      { crit: ['b64'], b64: false },
      { b64: true },
      { crit: [] },
    ])
      expect(await problemsOf(await withHeader(change))).toEqual(['malformed']);
  });

  it('is refused with white space, padding or a fourth part', async () => {
    for (const text of [` ${jws}`, `${jws}\n`, `${jws}=`, `${jws}.`, 'x'.repeat(70_000), '{"payload":""}'])
      expect(await problemsOf(text)).toEqual(['malformed']);
  });

  it('is refused with a payload of another shape', async () => {
    const wrong: object[] = [
      { sequence: 0 },
      { sequence: 1.5 },
      { object: '' },
      { operation: 'rename' },
      { address: null },
      { operation: 'delete' },
      { address: 'ab' },
      { address: `sha512-${'ab'.repeat(32)}` },
      { size: -1 },
      { at: '2026-03-01T00:00:00+01:00' },
      { at: 'yesterday' },
      { previous: 'AB'.repeat(32) },
    ];
    for (const change of wrong)
      expect(
        await problemsOf(await signAs(device, header(), { ...payload, ...change })),
        JSON.stringify(change),
      ).toEqual(['malformed']);
  });

  it('ignores keys that the header offers', async () => {
    const stranger = await issue('stranger');
    const jwk = await crypto.subtle.exportKey('jwk', stranger.keys.publicKey);
    const forged = await signAs(stranger, { ...header(), jwk, jku: 'https://keys.example/' }, payload);
    expect(await problemsOf(forged)).toEqual(['bad-signature']);
  });
});

describe('A chain', () => {
  it('is untrusted when it is missing, empty of certificates, or out of order', async () => {
    const chains = [
      undefined,
      ['AAAA'],
      x5cOf(ours.intermediate, device),
      x5cOf(device),
      x5cOf(device, device),
    ];
    for (const x5c of chains)
      expect(await problemsOf(await signAs(device, { ...header(), x5c }, payload))).toEqual([
        'untrusted-chain',
      ]);
  });

  it('belongs to the key that signed: another device’s chain proves nothing', async () => {
    const swapped = { ...header(), x5c: x5cOf(ours.devices[1], ours.intermediate) };
    expect(await problemsOf(await signAs(device, swapped, payload))).toEqual(['bad-signature']);
  });

  it('is untrusted when a stranger signed it himself, or brings an authority of the same name', async () => {
    const other = await makeHierarchy();
    const self = await issue('device-a');
    for (const text of [
      await signed(self),
      await signed(self, ours.intermediate),
      await signed(other.devices[0], other.intermediate),
      await signed(other.devices[0], other.intermediate, other.anchor),
      await signed(other.devices[0], ours.intermediate),
    ])
      expect(await problemsOf(text)).toEqual(['untrusted-chain']);
  });

  it('is untrusted when an authority in it may not issue certificates', async () => {
    const { anchor } = ours;
    const wrong = [
      await issue('no flag', { issuer: anchor, usages: keyCertSign }),
      await issue('no usage', { issuer: anchor, isAuthority: true, usages: digitalSignature }),
      await issue('short key', { issuer: anchor, isAuthority: true, curve: 'P-256' }),
      await issue('unknown', {
        ...{ issuer: anchor, isAuthority: true },
        extensions: [new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))],
      }),
    ];
    for (const authority of wrong) {
      const below = await issue('below', { issuer: authority });
      expect(
        await problemsOf(await signed(below, authority), [...ours.lists, await issueList(authority)]),
      ).toEqual(['untrusted-chain']);
    }
  });

  it('is untrusted when it is longer than an authority allows', async () => {
    const second = await issue('second', { issuer: ours.intermediate, isAuthority: true });
    const below = await issue('below', { issuer: second });
    const text = await signed(below, second, ours.intermediate);
    expect(await problemsOf(text, [...ours.lists, await issueList(second)])).toEqual(['untrusted-chain']);
  });

  it('is untrusted when its device may not sign, or is an authority', async () => {
    const wrong = [
      await issue('no usage', { issuer: ours.intermediate, usages: keyCertSign }),
      await issue('authority', {
        ...{ issuer: ours.anchor, isAuthority: true, usages: digitalSignature | keyCertSign },
      }),
    ];
    expect(await problemsOf(await signed(wrong[0] as Identity, ours.intermediate))).toEqual([
      'untrusted-chain',
    ]);
    expect(await problemsOf(await signed(wrong[1] as Identity))).toEqual(['untrusted-chain']);
  });

  it('is judged at the time of signing, not of the verification', async () => {
    const past = { notBefore: '2026-02-01T00:00:00Z', notAfter: '2026-04-01T00:00:00Z' };
    const expired = await issue('expired', { issuer: ours.intermediate, ...past });
    expect(await problemsOf(await signed(expired, ours.intermediate))).toEqual([]);
    for (const at of ['2026-04-01T00:00:01.000Z', '2026-01-31T23:59:59.000Z']) {
      const text = (await signerOf(expired, ours.intermediate)).sign({ ...payload, at });
      expect(await problemsOf(text)).toEqual(['expired-at-signing']);
    }
  });

  it('signs nothing in the future', async () => {
    const text = (await signerOf(device, ours.intermediate)).sign({
      ...payload,
      at: '2026-06-01T00:05:01.000Z',
    });
    expect(await problemsOf(text)).toEqual(['future-dated']);
  });
});

describe('A revocation', () => {
  const revoked = async (at: string, of = device, by = ours.intermediate, more: object = {}) =>
    issueList(by, { revoked: [{ of, at }], ...more });

  it('before the signing time is a finding, of the device and of its authority', async () => {
    const [ofAnchor, ofDevices] = ours.lists;
    expect(await problemsOf(jws, [ofAnchor, await revoked('2026-02-28T00:00:00Z')])).toEqual(['revoked']);
    expect(await problemsOf(jws, [ofAnchor, await revoked(payload.at)])).toEqual(['revoked']);
    const authority = await revoked('2026-02-28T00:00:00Z', ours.intermediate, ours.anchor);
    expect(await problemsOf(jws, [authority, ofDevices])).toEqual(['revoked']);
  });

  it('after the signing time leaves the record standing, and is noted', async () => {
    const lists = [ours.lists[0], await revoked('2026-03-02T00:00:00Z')];
    expect(await verify(jws, lists)).toMatchObject({ verdict: 'proven', isRevokedLater: true });
  });

  it('cannot be ruled out without a list of every authority, fresh and signed by it', async () => {
    const [ofAnchor, ofDevices] = ours.lists;
    const other = await issue('Devices', { isAuthority: true });
    const cases: readonly (readonly string[])[] = [
      [],
      [ofAnchor],
      [ofDevices],
      [ofAnchor, await issueList(ours.intermediate, { nextUpdate: '2026-05-31T23:59:59Z' })],
      [ofAnchor, await issueList(ours.intermediate, { thisUpdate: '2026-06-02T00:00:00Z' })],
      [ofAnchor, await issueList(ours.intermediate, { signedBy: other })],
      [ofAnchor, await issueList(other)],
      [ofAnchor, 'no list', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----'],
    ];
    for (const [index, lists] of cases.entries())
      expect(await problemsOf(jws, lists), `case ${index}`).toEqual(['revocation-unknown']);
  });

  it('is found even on a stale list', async () => {
    const stale = await revoked('2026-02-01T00:00:00Z', device, ours.intermediate, {
      nextUpdate: '2026-05-31T23:59:59Z',
    });
    expect(await problemsOf(jws, [ours.lists[0], stale])).toEqual(['revoked']);
  });

  it('is read from the newest of several lists, wherever it stands', async () => {
    const old = await issueList(ours.intermediate, { thisUpdate: '2026-05-01T00:00:00Z' });
    const newest = await revoked('2026-02-01T00:00:00Z');
    for (const lists of [
      [old, newest, ours.lists[0]],
      [newest, old, ours.lists[0]],
    ])
      expect(await problemsOf(jws, lists)).toEqual(['revoked']);
  });
});

describe('A trust anchor', () => {
  it('that is no authority’s certificate stops the verification with what to do', () => {
    const open = (anchor: string) => () => openTrust({ anchors: [anchor], revocationLists: [] }, now);
    expect(open(pemOf(device))).toThrow(/cannot be used: certificate .* is no authority's/);
    expect(open('no certificate')).toThrow(/no certificate in PEM/);
  });
});
