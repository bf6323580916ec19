/** The list of erasures as the API takes and shows it. */
import type { Dependencies } from '../activities/dependencies.ts';
import { addErasures, readErasures } from '../activities/erasures.ts';
import { scoped } from '../activities/scope.ts';
import type { Actor } from '../contracts/actor.ts';
import type { AddErasuresResponse, addErasuresRequest, ErasuresResponse } from '../contracts/erasures.ts';
import { instantOf } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';
import type { z } from 'zod';

const shownAtMost = 100;

/** Adds erasures that were done in the source; throws `bad-input` for some of the future. */
export async function takeErasures(
  deps: Dependencies,
  { system, ids, erasedAt }: z.infer<typeof addErasuresRequest>,
  actor: Actor,
): Promise<AddErasuresResponse> {
  if (erasedAt !== undefined && instantOf(erasedAt) > deps.clock.now())
    throw new Failure(
      'bad-input',
      `${erasedAt} lies in the future`,
      'Give when they were done in the source, or nothing.',
    );
  return addErasures(deps, { system, region: deps.region }, { ids, erasedAt }, actor);
}

/** How many there are, and the newest. */
export async function viewErasures(deps: Dependencies, system: string): Promise<ErasuresResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const all = await readErasures(deps, scope);
  const newest = all.toSorted((a, b) => instantOf(b.erasedAt).toMillis() - instantOf(a.erasedAt).toMillis());
  return { count: all.length, newest: newest.slice(0, shownAtMost) };
}
