/** Damage that the storage proxy does to the store of the shared stack, as hardware would. */
import { expect } from 'vitest';
import { basePorts } from '../support/ports.ts';
import { shared } from './shared-stack.ts';

const container = 'cases';
const account = 'uniteeus';

/** The store of the shared stack. */
export const blobs = () => shared.outsider.container(account, container);

/** A blob whose content has changed although nobody wrote, with a good copy on the secondary; its digest in the name. */
export async function damageOne(): Promise<{ name: string; digest: string }> {
  const blob = await someBlob();
  await ask('lag', { account, seconds: 0 }); // What was seeded a moment ago is on the secondary now.
  await ask('damage', { account, container, name: blob.name, place: 'primary', change: { kind: 'flip' } });
  return blob;
}

/** Gives so many blobs an earlier version each that was replaced before the retention window. */
export async function addOldVersions(count: number): Promise<void> {
  let left = count;
  for await (const { name } of blobs().listBlobsFlat({ prefix: 'sha256/' })) {
    if (left === 0) return;
    for (const days of [10, 9]) await ask('earlier', { account, container, name, agoSeconds: days * 86_400 });
    left -= 1;
  }
  throw new Error(`the store holds too few blobs: ${left} more were needed`);
}

/** A blob, and the digest that is its address. */
async function someBlob(): Promise<{ name: string; digest: string }> {
  for await (const { name } of blobs().listBlobsFlat({ prefix: 'sha256/' }))
    return { name, digest: name.split('/').at(-1) ?? '' };
  throw new Error('the store is empty');
}

/** Asks the storage proxy's control endpoint: a lag of the secondary, bytes that change although nobody wrote them, a past. */
async function ask(what: 'lag' | 'damage' | 'earlier', body: object): Promise<void> {
  const { portOffset, secrets } = shared.stack;
  const answer = await fetch(`http://127.0.0.1:${basePorts.storageControl + portOffset}/${what}`, {
    method: 'POST',
    headers: { 'x-control-secret': secrets.controlSecret, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}
