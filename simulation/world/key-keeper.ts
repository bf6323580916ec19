/** Whoever keeps the signing key: now and then it gets a new version, and an old one is disabled. */
import type { Random } from '../random.ts';
import type { World } from './world.ts';

/** Plans what is done with the key on the day that begins now. */
export function planKeyChanges(world: World, random: Random, dayMs: number): void {
  const at = world.timeline.now + random.between(0, dayMs);
  if (!random.chance(0.1)) return;
  world.timeline.at(at, () => {
    const { source } = world.signer.rotate();
    world.trace.add(`PERSON rotates the signing key: ${source}`);
    const old = `${world.signer.key}/${Number(source.split('/').at(-1)) - 1}`;
    if (random.chance(0.5)) world.timeline.at(at + dayMs, () => world.signer.enable(old, false));
  });
}
