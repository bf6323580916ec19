/**
 * `lifeboat estate check FILE --against OLD`: where an estate file protects less than another one, in sentences, and what
 * somebody else must approve before it applies. No deployment is asked: what counts there is what was approved last.
 */
import { protectionDigest, protectionIn, protectionsOf } from '../../contracts/estate-protection.ts';
import type { Estate } from '../../contracts/estate.ts';
import { weakerThan, type Weakening } from '../../policy/retention/protection.ts';
import { paragraph } from '../format.ts';
import { palette } from '../palette.ts';

/** One system in one region that is weaker: how, and the digest that an approval names. */
export interface WeakerScope {
  readonly system: string;
  readonly region: string;
  readonly digest: string;
  readonly weakenings: readonly Weakening[];
}

/** Every scope of the older estate that the newer one protects less. */
export function weakerScopes(older: Estate, newer: Estate): WeakerScope[] {
  return protectionsOf(older).flatMap((was) => {
    const scope = { system: was.system, region: was.region };
    const is = protectionIn(newer, scope);
    const weakenings = weakerThan([was], is === undefined ? [] : [is]);
    return weakenings.length === 0 ? [] : [{ ...scope, digest: protectionDigest(scope, is), weakenings }];
  });
}

function keptWords(scopes: readonly WeakerScope[]): string {
  const lost = scopes.flatMap(({ weakenings }) => weakenings.filter(({ isKept }) => !isKept));
  const exception =
    lost.length === 0 ? '' : `, but for what cannot be kept: ${lost.map(({ path }) => path).join(', ')}`;
  return `Until somebody else approves these digests, what was approved before goes on to hold${exception}. An alert is open meanwhile.`;
}

/** What is weaker, for a terminal. */
export function againstView(
  against: string,
  scopes: readonly WeakerScope[],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const paint = palette(color);
  if (scopes.length === 0)
    return paragraph('', `It protects nothing less than ${against}.`, width).map(paint.good);
  return [
    ...paragraph('', `It protects less than ${against}:`, width).map(paint.bad),
    ...scopes.flatMap(({ system, region, digest, weakenings }) => [
      ...weakenings.flatMap(({ path, sentence }) => paragraph('  - ', `${path}: ${sentence}`, width)),
      ...paragraph('    ', `once deployed: lifeboat approve --system ${system} --region ${region}`, width),
      `      ${digest}`,
    ]),
    '',
    ...paragraph('', keptWords(scopes), width),
  ];
}
