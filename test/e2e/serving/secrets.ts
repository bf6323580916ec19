/**
 * Every secret that the stack was configured with is a random word: passwords, storage keys, keys of the host, client
 * secrets, private keys. None of them may stand in what the stack wrote of its work: logs, histories of the task hub,
 * documents in the vault, checkpoints, reports, answers, what was printed; and no token that anybody was given.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { region, shared, system } from './shared-stack.ts';

/** Registers the test. */
export function secretsTests(): void {
  test('has written no secret into logs, histories, documents, reports or what it printed', async () => {
    const secrets = plantedSecrets();
    expect(secrets.length).toBeGreaterThan(45);
    const written = [
      ...writtenFiles(),
      ...(await documentsIn('vault')),
      ...(await documentsIn('checkpoints')),
    ];
    written.push(['standard output', Buffer.from(shared.program.output)], ...(await answers()));
    const found = written.flatMap(([name, bytes]) =>
      secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${name}: ${secret.slice(0, 6)}…`),
    );
    expect(found).toEqual([]);
    expect(written.filter(([, bytes]) => hasToken(bytes)).map(([name]) => name)).toEqual([]);
    // Whoever looks into the wrong places finds nothing, either.
    const told = written.filter(([, bytes]) => bytes.includes(system)).map(([name]) => name);
    for (const kind of [
      /\.log$/,
      /task-hub\.sqlite/,
      /^vault /,
      /\/audit\//,
      /reports/,
      /standard output/,
      /^answer/,
    ])
      expect(
        told.some((name) => kind.test(name)),
        String(kind),
      ).toBe(true);
  });
}

/** The words themselves, and as a URL and base64 would hold them. */
function plantedSecrets(): string[] {
  const texts = [
    'secrets.json',
    'profile.json',
    `hosts/${region}/keys.json`,
    'resource-manager/identity/tokens.json',
    'key-vault/keys.json',
  ].map((file) => JSON.parse(read(file).toString()) as unknown);
  const words = new Set(texts.flatMap((value) => secretsIn(value)));
  const keys = keyFiles.map((file) => read(file).toString());
  return [...words, ...keys]
    .map(withoutFrame)
    .flatMap((word) => [
      ...new Set([word, encodeURIComponent(word), Buffer.from(word).toString('base64').replace(/=+$/, '')]),
    ]);
}

/** Where the documents of each kind lie. */
const accounts = { vault: `vault${region}`, checkpoints: `audit${region}` } as const;

const keyFiles = [
  'login/signing.key',
  'resource-manager/identity/signing.key',
  'certificates/ca.key',
  'certificates/server.key',
];

/** Of a key in PEM the part in which no two of a kind are the same; any other word as it is. */
const withoutFrame = (word: string): string =>
  word.startsWith('-----BEGIN')
    ? word
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('-----'))
        .join('')
        .slice(40, 104)
    : word;

/** Ids and addresses are no secrets. */
const isSecretName = (name: string): boolean =>
  /password|secret|header|token$|privateKey|^master$|^function$|^system$/i.test(name);

const signed = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/g;

/** What Lifeboat signs itself says so in its header; whatever else is signed lets somebody in. */
function hasToken(bytes: Buffer): boolean {
  return (bytes.toString('latin1').match(signed) ?? []).some(
    (one) => !Buffer.from(one.split('.')[0] ?? '', 'base64url').includes('"typ":"lifeboat-'),
  );
}

/** What callers are told when all is well, and when it is not. */
async function answers(): Promise<[string, Buffer][]> {
  const routes = ['status', 'doctor', `points/${system}`, 'operations/none', `audit/${system}`];
  return Promise.all(
    routes.map(async (route): Promise<[string, Buffer]> => {
      const answer = await shared.api.get(route);
      return [`answer ${route}`, Buffer.from(JSON.stringify(answer))];
    }),
  );
}

function secretsIn(value: unknown, name = '', isKeys = false): string[] {
  if (typeof value === 'string') return isKeys || isSecretName(name) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => secretsIn(one, key, name === 'storageKeys'));
}

const read = (name: string): Buffer => readFileSync(path.join(shared.stack.stateDir, name));

function writtenFiles(): [string, Buffer][] {
  const folders = ['logs', 'reports', `hosts/${region}`];
  return folders.flatMap((folder) =>
    readdirSync(path.join(shared.stack.stateDir, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'keys.json')
      .map((entry): [string, Buffer] => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(shared.stack.stateDir, file), readFileSync(file)];
      }),
  );
}

async function documentsIn(kind: 'vault' | 'checkpoints'): Promise<[string, Buffer][]> {
  const vault = shared.outsider.container(accounts[kind], kind);
  const documents: [string, Buffer][] = [];
  for await (const { name } of vault.listBlobsFlat()) {
    const { readableStreamBody } = await vault.getBlobClient(name).download();
    if (readableStreamBody !== undefined)
      documents.push([`${kind} ${name}`, await buffer(readableStreamBody)]);
  }
  return documents;
}
