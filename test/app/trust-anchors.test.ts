/** The trust anchors that an estate names: what of them keeps the app from starting, and what is only told. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { composeApp } from '../../src/app/compose.ts';
import { Failure } from '../../src/policy/failure.ts';
import { issue, type CertificateOrder } from '../activities/change-records/authority.ts';
import { sampleEstate } from '../support/sample-estate.ts';

const day = 86_400_000;
const place = 'shop/westeurope/files';
const anchorFile = 'trust/anchor.pem';
let folder: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-trust-'));
  await mkdir(join(folder, 'trust'));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A certificate in PEM; an authority's that is valid today unless it is ordered otherwise. */
async function certificate(order: CertificateOrder = {}): Promise<string> {
  const notBefore = new Date(Date.now() - 30 * day).toISOString();
  const notAfter = new Date(Date.now() + 30 * day).toISOString();
  const { certificate: issued } = await issue('Authority', {
    isAuthority: true,
    notBefore,
    notAfter,
    ...order,
  });
  return issued.toString('pem');
}
const put = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text);

/** Starts the app with an estate whose store trusts these anchors; the texts that it then works with. */
async function start(
  trustAnchors: string[],
  revocationLists: string[] = [`file:${anchorFile}`],
): Promise<readonly string[]> {
  const estate = sampleEstate();
  const columns = { sequence: 'sequence', record: 'jws' };
  estate.systems[0]!.regions[0]!.blobStores[0]!.changeRecords = {
    ...{ database: 'main', table: 'shop.change', columns, trustAnchors, revocationLists },
  };
  await put('estate.yaml', stringify(estate));
  const environment = {
    LIFEBOAT_REGION: 'westeurope',
    LIFEBOAT_ESTATE: join(folder, 'estate.yaml'),
    LIFEBOAT_VAULT_URL: 'https://vault.example/lifeboat',
    LIFEBOAT_CHECKPOINTS_URL: 'https://vault.example/checkpoints',
    LIFEBOAT_DATABASE_ROLE: 'lifeboat',
    LIFEBOAT_SIGNING_KEY: 'https://vault.example/keys/reports',
    LIFEBOAT_API_TENANT: '11111111-1111-4111-8111-111111111111',
    LIFEBOAT_API_AUDIENCE: '22222222-2222-4222-8222-222222222222',
  };
  const { deps } = composeApp(environment, (warning) => warnings.push(warning));
  return deps.estate.systems[0]!.regions[0]!.blobStores[0]!.changeRecords?.trustAnchors ?? [];
}

/** What keeps the app from starting. */
async function refusal(...given: Parameters<typeof start>): Promise<Failure> {
  const thrown: unknown = await start(...given).catch((error: unknown) => error);
  if (thrown instanceof Failure) return thrown;
  throw new Error(`it was not refused: ${String(thrown)}`);
}

describe('an app whose trust anchors are', () => {
  test('right starts with their texts and says nothing', async () => {
    const [first, second] = [await certificate(), await certificate()];
    await put(anchorFile, first);
    expect(await start([`file:${anchorFile}`, second])).toEqual([first, second]);
    expect(warnings).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['missing', () => Promise.resolve(), 'does not exist'],
    ['a folder', () => mkdir(join(folder, anchorFile)), 'cannot be read (EISDIR)'],
    ['empty', () => put(anchorFile, ''), 'holds no PEM text'],
    ['not PEM', () => put(anchorFile, 'a certificate, believe me'), 'holds no PEM text'],
  ])('%s does not start, and says which file and what to do', async (_what, prepare, problem) => {
    await prepare();
    const { code, message, hint } = await refusal([`file:${anchorFile}`], [await certificate()]);
    expect({ code, message }).toEqual({
      code: 'bad-estate',
      message:
        `${join(folder, 'estate.yaml')}: the trust of its change records cannot be used:\n` +
        `  ${join(folder, anchorFile)} of ${place} ${problem}`,
    });
    expect(hint).toMatch(/certificate as PEM at that path and deploy it beside the estate file, or correct/);
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      'a damaged certificate',
      async () => (await certificate()).replace(/^M\w{20}/m, 'M'),
      / is no certificate$/,
    ],
    [
      'a key',
      () => Promise.resolve('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      / is no certificate$/,
    ],
    [
      "a device's certificate",
      () => certificate({ isAuthority: false }),
      /: certificate \w+ is no authority's$/,
    ],
    ['of another curve', () => certificate({ curve: 'P-256' }), /: certificate \w+ has no P-384 key$/],
  ])('%s does not start, and says what is wrong with it', async (_what, make, problem) => {
    const pem = await make();
    await put(anchorFile, pem);
    const named = await refusal([`file:${anchorFile}`]);
    expect(named.code).toBe('bad-estate');
    expect(named.message).toContain(`the trust anchor ${join(folder, anchorFile)} of ${place}`);
    expect(named.message).toMatch(problem);
    const inline = await refusal([pem]);
    expect(inline.message).toContain(`a trust anchor of ${place} in ${join(folder, 'estate.yaml')}`);
    expect(inline.message).toMatch(problem);
  });

  test('wrong in several ways does not start, and names every one of them, lists too', async () => {
    await put('trust/text.pem', 'no PEM');
    await put('trust/device.pem', await certificate({ isAuthority: false }));
    const files = ['missing', 'text', 'device'].map((name) => `file:trust/${name}.pem`);
    const { message } = await refusal(files, ['file:trust/list.pem']);
    const [head, ...lines] = message.split('\n');
    expect(head).toContain('estate.yaml: the trust of its change records');
    expect(lines).toEqual([
      expect.stringMatching(/missing\.pem of .* does not exist$/),
      expect.stringMatching(/text\.pem of .* holds no PEM text$/),
      expect.stringMatching(/list\.pem of .* does not exist$/),
      expect.stringMatching(/device\.pem of .*: certificate \w+ is no authority's$/),
    ]);
  });

  test('expired starts all the same, and warns which one, since when, and what to do', async () => {
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 - day);
    await put(anchorFile, await certificate({ notAfter: notAfter.toISOString() }));
    await start([`file:${anchorFile}`, await certificate()]);
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(
          `^the trust anchor ${join(folder, anchorFile)} of ${place}: certificate \\w+ expired at ${notAfter.toISOString()}: ` +
            '.* Get the authority’s new certificate, deploy it beside this one, and keep this one',
        ),
      ),
    ]);
  });

  test('not valid yet starts all the same, and warns from when on it is', async () => {
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 + day);
    await start([await certificate({ notBefore: notBefore.toISOString() })], [await certificate()]);
    expect(warnings).toEqual([
      expect.stringContaining(`is valid from ${notBefore.toISOString()} on only`) as string,
    ]);
  });
});
