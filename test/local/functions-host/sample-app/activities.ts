/** Activities: quick, slow, failing, and one that notes its runs in a file. */
import fs from 'node:fs';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';

const note = (line: string): void => {
  const file = process.env['SAMPLE_NOTES'];
  if (file !== undefined) fs.appendFileSync(file, `${line}\n`);
};

df.app.activity('echo', { handler: (input: unknown) => input });
df.app.activity('describe', {
  handler: (input: unknown, context: InvocationContext) => ({
    input: input ?? null,
    type: typeof input,
    instanceId: context.triggerMetadata?.['instanceId'],
  }),
});
df.app.activity('slow', {
  handler: async (input: { value: unknown; ms: number }) => {
    note(`begin ${JSON.stringify(input.value)}`);
    await new Promise((resolve) => setTimeout(resolve, input.ms));
    note(`end ${JSON.stringify(input.value)}`);
    return input.value;
  },
});

const attempts = new Map<string, number>();
df.app.activity('flaky', {
  handler: (input: { key: string; failures: number }) => {
    const attempt = (attempts.get(input.key) ?? 0) + 1;
    attempts.set(input.key, attempt);
    if (attempt <= input.failures) throw new Error(`failure ${attempt}`);
    return `ok after ${attempt}`;
  },
});
df.app.activity('explode', {
  handler: () => {
    throw new TypeError('activity boom');
  },
});
