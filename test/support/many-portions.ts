/** A check that says so many times that it goes on before it is really run: in a model no time passes in an activity. */
import type { WorkflowHub } from './workflow-hub.ts';

/** Lets a check take `portions` more; returns the portions that were asked for. */
export function inManyPortions(
  hub: WorkflowHub,
  check: string,
  portions: number,
  onPortion: () => void = () => undefined,
): () => readonly number[] {
  const asked: number[] = [];
  const run = hub.world.run.bind(hub.world);
  hub.world.run = async (name, input) => {
    const { check: of, portion } = input as { check?: string; portion?: number };
    if (name !== 'runCheck' || of !== check || portion === undefined) return run(name, input);
    asked.push(portion);
    onPortion();
    if (portion < portions) return { outcome: 'done', value: { goesOn: portion + 1 } };
    return run(name, { ...(input as object), portion: 0 });
  };
  return () => asked;
}
