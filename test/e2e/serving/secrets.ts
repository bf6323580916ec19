/**
 * Every secret that the stack was configured with is a random word. None of them may stand in what the stack wrote of its
 * work: logs, histories of the task hub, documents in the vault, reports, what was printed.
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
    expect(secrets.length).toBeGreaterThan(15);
    const written = [...writtenFiles(), ...(await vaultDocuments())];
    written.push(['standard output', Buffer.from(shared.program.output)]);
    const found = written.flatMap(([name, bytes]) =>
      secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${name}: ${secret.slice(0, 6)}…`),
    );
    expect(found).toEqual([]);
    // Whoever looks into the wrong places finds nothing, either.
    const told = written.filter(([, bytes]) => bytes.includes(system)).map(([name]) => name);
    for (const kind of [/\.log$/, /task-hub\.sqlite/, /^vault /, /reports/, /standard output/])
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
  ].map((file) => JSON.parse(read(file).toString()) as unknown);
  const words = new Set(texts.flatMap((value) => secretsIn(value)));
  const keys = ['login/signing.key', 'resource-manager/identity/signing.key'].map((file) =>
    read(file).toString().split('\n').slice(1, -2).join('').slice(0, 64),
  );
  return [...words, ...keys].flatMap((word) => [
    ...new Set([word, encodeURIComponent(word), Buffer.from(word).toString('base64').replace(/=+$/, '')]),
  ]);
}

/** Ids and addresses are no secrets. */
const isSecretName = (name: string): boolean =>
  /password|secret|header|token$|^master$|^function$|^system$/i.test(name);

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

async function vaultDocuments(): Promise<[string, Buffer][]> {
  const vault = shared.outsider.container(`vault${region}`, 'vault');
  const documents: [string, Buffer][] = [];
  for await (const { name } of vault.listBlobsFlat()) {
    const { readableStreamBody } = await vault.getBlobClient(name).download();
    if (readableStreamBody !== undefined) documents.push([`vault ${name}`, await buffer(readableStreamBody)]);
  }
  return documents;
}
