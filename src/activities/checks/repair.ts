/**
 * Is a damaged blob noticed, and put right from a good copy and from no other? Played with a blob of Lifeboat's own in the
 * drill's container, in the order of every repair: verify → damage → verify, twice read → keep the damaged bytes → a copy
 * that is wrong is written nowhere → the good copy goes over exactly the damaged version → verify. Each run of the check
 * plays with a blob of a name of its own: one that was cut off leaves a blob that nobody looks at.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { addressFromHex, type ContentAddress } from '../../policy/content-address.ts';
import { Failure } from '../../policy/failure.ts';
import type { Dependencies } from '../dependencies.ts';
import { ContentGate } from '../hash-content.ts';
import { openScratch, readerOf } from '../scratch.ts';
import { verifyBlob, type BlobVerdict } from '../verify-blob.ts';
import { answerByFindings, type Check } from './check.ts';

const bytesOfBlob = 65_536;
const nowhere = { account: '', container: '' };

export const repairCheck: Check = {
  id: 'repair',
  title: 'A damaged blob is noticed and put right from a good copy',
  async run({ deps, here, plan }) {
    if (!('drill' in plan)) throw new Failure('refused', 'a restore damages no blob', 'Plan it again.');
    const container = await openScratch(deps, here.scope, plan);
    const content = contentOf(plan.drill);
    const findings = await play(deps, { container, content, address: addressOf(content) });
    return answerByFindings(
      `a blob of ${bytesOfBlob} bytes, of which one bit was flipped, is noticed, kept, and put right from its good copy alone`,
      'noticed when it was read twice, kept as it was, not touched by a wrong copy, and right again',
      findings,
      { bytes: bytesOfBlob },
    );
  },
};

/** The blob that is damaged; it follows from the drill. */
function contentOf(drill: string): Buffer {
  const block = createHash('sha512').update(drill).digest();
  return Buffer.concat(Array.from({ length: bytesOfBlob / block.length }, () => block));
}

function addressOf(content: Buffer): ContentAddress {
  const address = addressFromHex('sha256', createHash('sha256').update(content).digest('hex'));
  if (address !== undefined) return address;
  throw new Failure('unexpected', 'a digest is no address', 'A defect.');
}

interface Stage {
  readonly container: string;
  readonly content: Buffer;
  readonly address: ContentAddress;
}

async function play(deps: Dependencies, { container, content, address }: Stage): Promise<string[]> {
  const own = randomUUID();
  const [blob, copy, bad, kept] = ['blob', 'copy', 'bad-copy', 'quarantine'].map(
    (one) => `${own}/${one}`,
  ) as [...[string, string, string, string]];
  const write = (name: string, bytes: Buffer): Promise<string | undefined> =>
    deps.scratch.put(container, name, 'absent', Readable.from([bytes]));
  const verdictOf = async (name: string): Promise<BlobVerdict> =>
    (await verifyBlob(readerOf(deps, container), nowhere, name, address)).verdict;
  const damaged = flipped(content);
  const findings: string[] = [];
  const must = (holds: boolean, problem: string): void => {
    if (!holds) findings.push(problem);
  };

  const first = await write(blob, content);
  await write(copy, content);
  await write(bad, damaged);
  must((await verdictOf(blob)) === 'ok', 'the blob was not right before it was damaged');
  const version = await over(deps, container, blob, first, Readable.from([damaged]));
  const noticed = await verdictOf(blob);
  must(noticed === 'digest-mismatch', `the damage was not noticed: the blob was found ${noticed}`);
  await write(kept, damaged);
  const wrong = await repair(deps, { container, from: bad, to: blob, version, address });
  must(wrong === 'refused', `a copy that is wrong was not refused: ${wrong}`);
  must((await verdictOf(blob)) === 'digest-mismatch', 'a copy that is wrong was written');
  const done = await repair(deps, { container, from: copy, to: blob, version, address });
  must(done === 'written', `the good copy was not written: ${done}`);
  must((await verdictOf(blob)) === 'ok', 'the blob is not right after it was put right');
  must((await verdictOf(kept)) === 'digest-mismatch', 'the damaged bytes were not kept as they were');
  const again = await repair(deps, { container, from: copy, to: blob, version, address });
  must(again === 'changed', `what had changed meanwhile was written over: ${again}`);
  return findings;
}

async function over(
  deps: Dependencies,
  container: string,
  name: string,
  version: string | undefined,
  content: Readable,
): Promise<string> {
  const written = await deps.scratch.put(container, name, { version: version ?? '' }, content);
  if (written !== undefined) return written;
  throw new Failure('conflict', `${container}/${name} is of another version`, 'Somebody else writes there.');
}

/** Writes a copy over exactly the version that was damaged, through the gate that lets only the right content be committed. */
async function repair(
  deps: Dependencies,
  what: {
    readonly container: string;
    readonly from: string;
    readonly to: string;
    readonly version: string;
    readonly address: ContentAddress;
  },
): Promise<'written' | 'refused' | 'changed'> {
  const { container, from, to, version, address } = what;
  const copy = await deps.scratch.open(container, from);
  if (copy === undefined) throw new Failure('not-found', `no copy ${from}`, 'It was written just before.');
  const gate = await ContentGate.for(address);
  copy.stream.once('error', (error) => gate.destroy(error));
  gate.on('error', () => undefined);
  try {
    const written = await deps.scratch.put(container, to, { version }, copy.stream.pipe(gate));
    return written === undefined ? 'changed' : 'written';
  } catch (thrown) {
    if (gate.wrongDigest === undefined) throw thrown;
    return 'refused';
  }
}

function flipped(content: Buffer): Buffer {
  const damaged = Buffer.from(content);
  damaged[0] = (damaged[0] ?? 0) ^ 1;
  return damaged;
}
