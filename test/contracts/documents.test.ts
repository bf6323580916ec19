import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument } from '../../src/activities/vault-documents.ts';
import * as documents from '../../src/contracts/documents.ts';
import { instant, stamp } from '../../src/contracts/values.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { exampleDocuments } from '../support/documents.ts';
import { MemoryVault } from '../support/memory-vault.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

type Name = keyof typeof exampleDocuments;
const examples = Object.entries(exampleDocuments) as [Name, object][];
const schemas: Readonly<Record<string, unknown>> = { ...documents };
const schemaOf = (name: Name): z.ZodType => schemas[name] as z.ZodType;

async function stored(content: string, name: Name): Promise<unknown> {
  const vault = new MemoryVault(new VirtualWallClock());
  await vault.create('v1/document.json', Buffer.from(content), 'application/json');
  return readDocument(vault, 'v1/document.json', schemaOf(name));
}

describe('every stored document', () => {
  test('has an example here', () => {
    const versioned = Object.entries(schemas)
      .filter(([, value]) => value instanceof z.ZodObject && 'schema' in value.shape)
      .map(([name]) => name);
    expect(versioned.length).toBeGreaterThan(8);
    expect(Object.keys(exampleDocuments)).toEqual(expect.arrayContaining(versioned));
  });

  test.each(examples)('%s comes back as it was written', async (name, example) => {
    expect(await stored(canonicalJson(example), name)).toEqual(example);
  });

  test.each(examples)('%s names its schema and version', (_name, example) => {
    expect(example).toHaveProperty('schema', expect.stringMatching(/^lifeboat\/[a-z-]+\/v1$/));
  });

  test.each(examples)('%s of an unknown version is refused with its path', async (name, example) => {
    const later = canonicalJson({ ...example, schema: 'lifeboat/other/v2' });
    await expect(stored(later, name)).rejects.toThrow('v1/document.json in the vault: schema:');
  });

  test.each(examples)('%s that lost a member is refused', async (name, example) => {
    const [first] = Object.keys(example).filter((key) => key !== 'schema');
    const cut = Object.fromEntries(Object.entries(example).filter(([key]) => key !== first));
    await expect(stored(canonicalJson(cut), name)).rejects.toMatchObject({
      code: 'bad-document',
      retryable: false,
    });
  });

  test.each(examples)('%s that was cut in the middle is refused', async (name, example) => {
    await expect(stored(canonicalJson(example).slice(0, -9), name)).rejects.toThrow('is no JSON');
  });
});

test.each(['2026-03-01T01:30:00Z', '2026-03-01T01:30:00.123Z'])('%s is an instant', (text) => {
  expect(instant.safeParse(text).success).toBe(true);
});

test.each([
  '2026-03-01T01:30:00+00:00',
  '2026-02-30T01:30:00Z',
  '2026-03-01',
  'Z',
  '',
  '2026-13-01T00:00:00Z',
])('"%s" is no instant', (text) => {
  expect(instant.safeParse(text).success).toBe(false);
});

test.each(['20260301T013000', '2026-03-01T01:30:00Z', '20260301T013000Z\n', '../20260301T013000Z'])(
  '%j is no stamp',
  (text) => {
    expect(stamp.safeParse(text).success).toBe(false);
  },
);
