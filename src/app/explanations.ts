/** Answers why something that a prune decides about is still there, or why it is gone. */
import type { Dependencies } from '../activities/dependencies.ts';
import { explainItem } from '../activities/prune/explain.ts';
import { scoped } from '../activities/scope.ts';
import type { ExplanationResponse } from '../contracts/api/retention.ts';
import { isoOf } from '../contracts/values.ts';

/** The explanation of one id of a system in this region. */
export async function viewExplanation(
  deps: Dependencies,
  system: string,
  id: string,
): Promise<ExplanationResponse> {
  const explained = await explainItem(deps, scoped(deps, { system, region: deps.region }), id);
  const { state, headline } = explained;
  if (explained.state === 'unknown')
    return { id, state, headline, statements: [], nearest: [...explained.nearest] };
  const statements = explained.statements.map(({ at, text }) => ({ at: isoOf(at), text }));
  return { id: explained.id, state, headline, statements, nearest: [] };
}
