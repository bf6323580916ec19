/** `lifeboat report verify`: what must hold holds, and nothing else passes. */
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DrillReport } from '../../src/contracts/report.ts';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import { reportOf, reportV1Of } from './canned-report.ts';
import { expectNarrow } from './golden.ts';
import { Desk, jwsOf, jwsOver, keyOf, signedAt } from './signed-report.ts';

const key = keyOf('one');
const report = reportOf('lms', 'westeurope');
/** A signature with both characters that another alphabet writes otherwise. */
function signedWithBoth(): string {
  for (;;) {
    const made = jwsOf(report, key);
    if (/-.*_|_.*-/.test(made.split('.')[2] ?? '')) return made;
  }
}
const jws = signedWithBoth();
const [header = '', payload = '', signature = ''] = jws.split('.');
const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** What a verification of one JWS by the trusted key comes to. */
async function verdictOf(text: string, file: object = key.file): Promise<[number, ...string[]]> {
  await using desk = await Desk.make({ 'report.jws': text, 'key.json': file });
  const { exit, kinds } = await desk.verify('report.jws', '--key', 'key.json');
  return [exit, ...kinds];
}

describe('a report that is right', () => {
  test('verifies by the key that was given, and says so', async () => {
    await using desk = await Desk.make({ 'report.jws': `${jws}\n`, 'trusted.json': key.file });
    const view = await desk.verify('report.jws', '--key', 'trusted.json');
    expect(view).toMatchObject({ exit: 0, verdict: 'verified', problems: [] });
    expect(view.key).toMatchObject({ keyId: key.file.keyId, trust: 'given', source: key.file.source });
    expect(view.report).toMatchObject({ id: report.id, number: 2, result: 'PASS' });
    const { exit, stdout } = await desk.run('report', 'verify', 'report.jws', '--key', 'trusted.json');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^VERIFIED: /);
    expect(stdout).toContain('given by you');
    expectNarrow(stdout.replaceAll(desk.folder, ''));
  });

  test.each([
    ['NAME.key.json', 'drill.key.json'],
    ['ID.json', `${key.file.keyId}.json`],
    ['keys/ID.json', `keys/${key.file.keyId}.json`],
  ])('verifies by the key beside it (%s), and warns that nobody vouches for that', async (_what, place) => {
    await using desk = await Desk.make({ 'drill.jws': jws, 'drill.json': report, [place]: key.file });
    for (const file of ['drill.jws', 'drill.json']) {
      const view = await desk.verify(file);
      expect(view).toMatchObject({ exit: 0, key: { trust: 'beside the report' } });
      expect(view.notes.join()).toContain('was not checked against the key vault');
    }
  });

  test('verifies by a bare public key, whose validity is then not known', async () => {
    const jwk = { ...key.file.jwk, kid: 'https://keys.example/keys/reports/one', key_ops: ['sign'] };
    await using desk = await Desk.make({ 'report.jws': jws, 'jwk.json': jwk });
    const view = await desk.verify('report.jws', '--key', 'jwk.json');
    expect(view.exit).toBe(0);
    expect(view.notes.join()).toContain('whether it was valid then is not known');
  });

  test('verifies after two rotations and with several keys given', async () => {
    const [second, third] = [keyOf('two'), keyOf('three')];
    await using desk = await Desk.make({ '1.json': key.file, '2.json': second.file, '3.json': third.file });
    await desk.put('old.jws', jws);
    await desk.put('new.jws', jwsOf(report, third));
    const keys = ['--key', '1.json', '--key', '2.json', '--key', '3.json'];
    expect((await desk.verify('old.jws', ...keys)).exit).toBe(0);
    expect((await desk.verify('new.jws', ...keys)).key?.keyId).toBe(third.file.keyId);
  });
});

describe('a report in which one character is another', () => {
  /** Positions all over a text, the first and the last ones among them. */
  const places = (length: number): number[] => [
    ...new Set([
      0,
      1,
      2,
      length - 2,
      length - 1,
      ...Array.from({ length: 12 }, (_, n) => Math.floor((n * length) / 12)),
    ]),
  ];
  const classes: readonly (readonly [string, (char: string) => string])[] = [
    ['another letter', (char) => (char === 'A' ? 'B' : 'A')],
    ['the neighbour', (char) => String.fromCharCode(char.charCodeAt(0) ^ 1)],
    ['nothing', () => ''],
    ['twice', (char) => char + char],
    ['the other alphabet', (char) => ({ '-': '+', _: '/' })[char] ?? '='],
    ['a blank', () => ' '],
    ['a line feed', () => '\n'],
    ['a dot', () => '.'],
    ['a letter that looks alike', () => 'А'],
  ];
  const parts = { header: 0, payload: header.length + 1, signature: header.length + payload.length + 2 };
  const lengths = { header: header.length, payload: payload.length, signature: signature.length };

  test.each(
    (['header', 'payload', 'signature'] as const).flatMap((part) =>
      classes.map(([what]) => [part, what] as const),
    ),
  )('does not verify: %s, %s', async (part, what) => {
    const change = classes.find(([name]) => name === what)?.[1] ?? String;
    await using desk = await Desk.make({ 'key.json': key.file });
    for (const place of places(lengths[part])) {
      const at = parts[part] + place;
      const edited = jws.slice(0, at) + change(jws[at] ?? '') + jws.slice(at + 1);
      if (edited.trim() === jws) continue;
      await desk.put('report.jws', edited);
      expect([place, (await desk.verify('report.jws', '--key', 'key.json')).exit]).toEqual([place, 2]);
    }
  });

  test('whatever of its facts was changed', async () => {
    for (const change of [{ result: 'FAIL' }, { number: 3 }, { id: 'drill-20260301T013001Z' }] as const) {
      const forged = encoded(canonicalJson({ ...report, ...change }));
      expect(await verdictOf(`${header}.${forged}.${signature}`)).toEqual([2, 'signature']);
    }
  });

  test.each(['-', '_'])('in an alphabet that decodes to the same (%s)', async (char) => {
    const at = jws.lastIndexOf(char);
    const same = jws.slice(0, at) + (char === '-' ? '+' : '/') + jws.slice(at + 1);
    expect(await verdictOf(same)).toEqual([2, 'not-a-jws']);
  });
});

describe('a signature that is none', () => {
  test.each([
    ['cut', jws.slice(0, -4), 'signature'],
    ['cut after the payload', `${header}.${payload}.`, 'not-a-jws'],
    ['without its last part', `${header}.${payload}`, 'not-a-jws'],
    ['empty', 'x', 'not-a-jws'],
    [
      'of another report',
      `${jwsOf(reportOf('crm', 'westeurope'), key).split('.').slice(0, 2).join('.')}.${signature}`,
      'signature',
    ],
    ['with R and S the wrong way round', `${header}.${payload}.${swapped()}`, 'signature'],
    ['of zeros', `${header}.${payload}.${Buffer.alloc(96).toString('base64url')}`, 'signature'],
  ])('does not verify: %s', async (_what, text, kind) => {
    expect(await verdictOf(text)).toEqual([2, kind]);
  });

  function swapped(): string {
    const bytes = Buffer.from(signature, 'base64url');
    return Buffer.concat([bytes.subarray(48), bytes.subarray(0, 48)]).toString('base64url');
  }

  test.each([
    ['no algorithm', { alg: 'none' }],
    ['an algorithm in other letters', { alg: 'es384' }],
    ['an algorithm with a shared secret', { alg: 'HS256' }],
    ['the algorithm of another curve', { alg: 'ES256' }],
    ['another type', { typ: 'JWT' }],
    ['a time that is none', { iat: 'now' }],
    ['a key beside it', { jwk: keyOf('two').file.jwk }],
    ['a key elsewhere', { jku: 'https://evil.example/keys' }],
    ['something critical', { crit: ['b64'], b64: false }],
  ])('does not verify with %s in its header, although it is signed', async (_what, change) => {
    expect(await verdictOf(jwsOf(report, key, change))).toEqual([2, 'header']);
  });

  test('does not verify when the public key was used as a secret, nor without any signature', async () => {
    const hs = encoded(
      canonicalJson({ alg: 'HS384', iat: signedAt, kid: key.file.keyId, typ: 'lifeboat-drill-report+jws' }),
    );
    const secret = canonicalJson(key.file.jwk);
    const mac = createHmac('sha384', secret).update(`${hs}.${payload}`).digest('base64url');
    expect(await verdictOf(`${hs}.${payload}.${mac}`)).toEqual([2, 'header']);
    const none = encoded(canonicalJson({ alg: 'none', kid: key.file.keyId }));
    expect(await verdictOf(`${none}.${payload}.`)).toEqual([2, 'not-a-jws']);
    expect(await verdictOf(`${none}.${payload}.AAAA`)).toEqual([2, 'header']);
  });

  test('does not verify by a key of another curve that claims the name of the right one', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const input = `${header}.${payload}`;
    const other = sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(await verdictOf(`${input}.${other.toString('base64url')}`)).toEqual([2, 'signature']);
  });

  test('does not verify where the header is written in another way', async () => {
    const spaced = encoded(
      JSON.stringify({
        typ: 'lifeboat-drill-report+jws',
        ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object),
      }),
    );
    const input = `${spaced}.${payload}`;
    const same = sign('sha384', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(await verdictOf(`${input}.${same.toString('base64url')}`)).toEqual([2, 'header']);
  });
});

describe('a key', () => {
  test('that was not given does not count, whatever it signed', async () => {
    const other = keyOf('two');
    expect(await verdictOf(jwsOf(report, other))).toEqual([2, 'untrusted-key']);
    expect(await verdictOf(jwsOf(report, other, { kid: key.file.keyId }))).toEqual([2, 'signature']);
  });

  test('that is nowhere leaves it unknown', async () => {
    await using desk = await Desk.make({ 'report.jws': jws });
    expect(await desk.verify('report.jws')).toMatchObject({ exit: 1, verdict: 'unknown', kinds: ['no-key'] });
  });

  test('beside the report that calls itself by another name is refused', async () => {
    const liar = { ...keyOf('two').file, keyId: key.file.keyId };
    await using desk = await Desk.make({ 'report.jws': jws, [`${key.file.keyId}.json`]: liar });
    expect(await desk.verify('report.jws')).toMatchObject({ exit: 2, kinds: ['key-id', 'no-key'] });
    await desk.put('liar.json', liar);
    expect(await desk.run('report', 'verify', 'report.jws', '--key', 'liar.json')).toMatchObject({
      exit: 64,
    });
  });

  test('of another signing key than the report names is refused', async () => {
    const elsewhere = { ...key.file, source: 'https://keys.example/keys/other/1' };
    expect(await verdictOf(jws, elsewhere)).toEqual([2, 'signing-key']);
  });

  test.each([
    ['not valid yet', { notBefore: '2026-03-01T01:40:00.000Z' }],
    ['made later', { createdAt: '2026-03-01T02:00:00.000Z' }],
    ['no longer valid', { expiresAt: '2026-03-01T01:31:34.000Z' }],
  ])('that was %s when it signed is refused', async (_what, change) => {
    expect(await verdictOf(jws, { ...key.file, ...change })).toEqual([2, 'key-not-valid']);
  });

  test('that expired since still verifies what it signed before', async () => {
    expect(await verdictOf(jws, { ...key.file, expiresAt: '2026-03-01T01:31:35.000Z' })).toEqual([0]);
  });

  test('that was withdrawn later is told, and what it signed since is refused', async () => {
    const withdrawn = { at: '2026-04-01T00:00:00.000Z', because: 'stolen' };
    await using desk = await Desk.make({ 'report.jws': jws, 'key.json': { ...key.file, withdrawn } });
    const view = await desk.verify('report.jws', '--key', 'key.json');
    expect(view.exit).toBe(0);
    expect(view.notes.join()).toMatch(/withdrawn on 2026-04-01T00:00:00.000Z: stolen/);
    const since = jwsOf(report, key, { iat: Date.parse('2026-04-01T00:00:00.000Z') / 1000 });
    await desk.put('report.jws', since);
    expect(await desk.verify('report.jws', '--key', 'key.json')).toMatchObject({
      exit: 2,
      kinds: ['key-withdrawn'],
    });
  });

  test('of which the vault says beside it that it was withdrawn is told as well', async () => {
    const { keyId } = key.file;
    const said = {
      schema: 'lifeboat/key-withdrawal/v1',
      keyId,
      at: '2026-01-02T00:00:00.000Z',
      because: 'x',
    };
    await using desk = await Desk.make({
      'report.jws': jws,
      [`${keyId}.json`]: key.file,
      [`${keyId}.withdrawn.json`]: said,
    });
    expect(await desk.verify('report.jws')).toMatchObject({ exit: 2, kinds: ['key-withdrawn'] });
    await desk.put(`${keyId}.withdrawn.json`, '{ cut');
    expect(await desk.verify('report.jws')).toMatchObject({ exit: 2, kinds: ['key-withdrawn'] });
  });

  test('that signed before the report was final is refused; one that signed later is told', async () => {
    expect(await verdictOf(jwsOf(report, key, { iat: signedAt - 400 }))).toEqual([2, 'signed-too-early']);
    await using desk = await Desk.make({
      'report.jws': jwsOf(report, key, { iat: signedAt + 7_200 }),
      'k.json': key.file,
    });
    const view = await desk.verify('report.jws', '--key', 'k.json');
    expect([view.exit, view.notes.join()]).toEqual([0, expect.stringMatching(/signed 120 min after/)]);
    const newer = { ...key.file, createdAt: '2026-03-01T03:00:00.000Z' };
    await desk.put('k.json', newer);
    expect((await desk.verify('report.jws', '--key', 'k.json')).notes.join()).toContain(
      'newer than the report',
    );
  });
});

describe('what was signed', () => {
  test.each([
    ['no JSON', 'nonsense', ['not-canonical', 'schema']],
    ['indented', JSON.stringify(report, null, 2), ['not-canonical']],
    ['with a line feed', `${canonicalJson(report)}\n`, ['not-canonical']],
    ['of version 1', canonicalJson(reportV1Of('lms', 'westeurope')), ['schema']],
    ['with a member more', canonicalJson({ ...report, approved: true }), ['schema']],
    ['with a member twice', canonicalJson(report).replace('{', '{"result":"PASS",'), ['not-canonical']],
  ])('must be a canonical report: %s', async (_what, text, kinds) => {
    expect(await verdictOf(jwsOver(text, key))).toEqual([2, ...kinds]);
  });

  test('must have the plan that its digest is of', async () => {
    const other = { ...report.plan, choice: 'another one' };
    expect(await verdictOf(jwsOf({ ...report, plan: other }, key))).toEqual([2, 'plan-differs']);
    const elsewhere = { ...report.plan, drill: 'drill-20260301T013001Z' };
    const swappedPlan = { ...report, plan: elsewhere, planDigest: digestOf(elsewhere) };
    expect(await verdictOf(jwsOf(swappedPlan, key))).toEqual([2, 'plan-differs']);
  });

  test('must be the report that lies beside it', async () => {
    await using desk = await Desk.make({ 'report.jws': jws, 'report.json': report, 'k.json': key.file });
    expect((await desk.verify('report.json', '--key', 'k.json')).exit).toBe(0);
    await desk.put('report.json', { ...report, result: 'FAIL' });
    expect(await desk.verify('report.json', '--key', 'k.json')).toMatchObject({
      exit: 2,
      kinds: ['report-differs'],
    });
  });

  test('is unknown where nothing was signed: no signature, or a report of version 1', async () => {
    await using desk = await Desk.make({
      'a.json': report,
      'b.json': reportV1Of('lms', 'westeurope'),
      'c.json': '{}',
    });
    expect(await desk.verify('a.json')).toMatchObject({ exit: 1, kinds: ['unsigned'] });
    const old = await desk.verify('b.json');
    expect(old).toMatchObject({ exit: 1, kinds: ['unsigned'] });
    expect(old.problems[0]?.detail).toContain('version 1');
    expect(await desk.verify('c.json')).toMatchObject({ exit: 2, kinds: ['schema'] });
  });
});

describe('the report before', () => {
  const before: DrillReport = reportOf('lms', 'westeurope', { id: 'drill-20260228T013000Z', number: 1 });
  const linked = { ...report, previous: { drill: before.id, digest: digestOf(before) } };

  test('is the one that was linked, as JSON and as JWS', async () => {
    await using desk = await Desk.make({ 'r.jws': jwsOf(linked, key), 'k.json': key.file, 'b.json': before });
    await desk.put('b.jws', jwsOf(before, key));
    for (const file of ['b.json', 'b.jws'])
      expect(await desk.verify('r.jws', '--key', 'k.json', '--previous', file)).toMatchObject({ exit: 0 });
  });

  test('is not one whose number is not the one before, although it is linked', async () => {
    const far = jwsOf({ ...linked, number: 3 }, key);
    await using desk = await Desk.make({ 'r.jws': far, 'k.json': key.file, 'b.json': before });
    expect(await desk.verify('r.jws', '--key', 'k.json', '--previous', 'b.json')).toMatchObject({
      ...{ exit: 2, kinds: ['previous-differs'] },
    });
  });

  test.each([
    ['another one', { ...before, result: 'FAIL' }],
    ['further back', { ...before, number: 0 }],
    ['itself', linked],
    ['none', {}],
  ])('is not %s', async (_what, other) => {
    await using desk = await Desk.make({ 'r.jws': jwsOf(linked, key), 'k.json': key.file, 'b.json': other });
    expect(await desk.verify('r.jws', '--key', 'k.json', '--previous', 'b.json')).toMatchObject({
      ...{ exit: 2, kinds: ['previous-differs'] },
    });
  });

  test('does not exist of the first one', async () => {
    const { previous: _, ...first } = { ...report, number: 1 };
    await using desk = await Desk.make({ 'r.jws': jwsOf(first, key), 'k.json': key.file, 'b.json': before });
    expect((await desk.verify('r.jws', '--key', 'k.json', '--previous', 'b.json')).kinds).toEqual([
      'previous-differs',
    ]);
    expect((await desk.verify('r.jws', '--key', 'k.json')).exit).toBe(0);
  });
});

describe('the evidence', () => {
  const root = `v1/lms/westeurope`;
  const answer = { schema: 'x', of: 'a check' };
  const lines = 'aa\n<bb\n';
  const item = (what: string, path: string, digest: string, over: 'canonical JSON' | 'address lines') => ({
    what,
    path,
    digest,
    over,
  });
  const evidence = [
    item(
      'a check',
      `${root}/reports/${report.id}/evidence/heartbeat.main.json`,
      digestOf(answer),
      'canonical JSON',
    ),
    item(
      'an inventory',
      `${root}/inventories/p/i.txt`,
      `sha256-${createHash('sha256').update(lines).digest('hex')}`,
      'address lines',
    ),
  ];
  const withEvidence = jwsOf({ ...report, evidence }, key);
  const inventory = `{"schema":"lifeboat/inventory/v1"}\n${lines}{"addresses":2}\n`;

  test.each([
    [
      'a copy of the vault',
      `${root}/reports/${report.id}/evidence/heartbeat.main.json`,
      `${root}/inventories/p/i.txt`,
    ],
    ['a folder of the report', 'evidence/heartbeat.main.json', 'i.txt'],
    ['files by their names', 'heartbeat.main.json', 'i.txt'],
  ])('is found in %s, and every digest holds', async (_what, check, addresses) => {
    await using desk = await Desk.make({ 'r.jws': withEvidence, 'k.json': key.file });
    await desk.put(`e/${check}`, JSON.stringify(answer, null, 2));
    await desk.put(`e/${addresses}`, inventory);
    const verify = () => desk.verify('r.jws', '--key', 'k.json', '--evidence', 'e');
    expect(await verify()).toMatchObject({ exit: 0 });
    await desk.put(`e/${addresses}`, inventory.replace('bb', 'bc'));
    expect(await verify()).toMatchObject({ exit: 2, kinds: ['evidence-differs'] });
    await desk.put(`e/${check}`, '{ cut');
    expect((await verify()).kinds).toEqual(['evidence-differs', 'evidence-differs']);
  });

  test('that is missing leaves it unknown', async () => {
    await using desk = await Desk.make({ 'r.jws': withEvidence, 'k.json': key.file, 'i.txt': inventory });
    expect(await desk.verify('r.jws', '--key', 'k.json', '--evidence', '.')).toMatchObject({
      ...{ exit: 1, verdict: 'unknown', kinds: ['evidence-missing'] },
    });
  });

  test.each(['../secret.json', 'a/../../secret.json', '/secret.json', 'a\\..\\secret.json', '..'])(
    'is never looked for outside of the folder: %s',
    async (path) => {
      const outside = jwsOf(
        { ...report, evidence: [item('x', path, digestOf(answer), 'canonical JSON')] },
        key,
      );
      await using desk = await Desk.make({
        'r.jws': outside,
        'k.json': key.file,
        'secret.json': answer,
        'e/x': '',
      });
      expect((await desk.verify('r.jws', '--key', 'k.json', '--evidence', 'e')).kinds).toEqual([
        'evidence-missing',
      ]);
    },
  );
});

test.each([
  ['no file', ['report', 'verify']],
  ['a file that is not there', ['report', 'verify', 'nothing.jws']],
  ['a key that is not there', ['report', 'verify', 'r.jws', '--key', 'nothing.json']],
  ['a key that is none', ['report', 'verify', 'r.jws', '--key', 'r.jws']],
  ['a report before that is not there', ['report', 'verify', 'r.jws', '--previous', 'nothing.json']],
  ['an option that is none', ['report', 'verify', 'r.jws', '--trust-me']],
])('%s is a wrong command line', async (_what, args) => {
  await using desk = await Desk.make({ 'r.jws': jws });
  expect((await desk.run(...args)).exit).toBe(64);
});
