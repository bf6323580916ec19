/** The watch over signatures: makes up for those that are missing, tells which reports have none, notes withdrawn keys. */
import { noteWithdrawnKeys, signUnsigned } from '../activities/report/late-signatures.ts';
import { tellUnsigned } from '../activities/report/tell.ts';
import { failureFrom } from '../policy/failure.ts';
import type { App } from './compose.ts';

/** Looks after every system of this region; returns a line for whatever is wrong or new. */
export async function watchSignatures({ deps, systems }: App): Promise<string[]> {
  const lines: string[] = [];
  for (const system of systems) {
    const scope = { system, region: deps.region };
    try {
      const unsigned = await signUnsigned(deps, scope);
      await tellUnsigned(deps, scope, unsigned);
      for (const { drill, reason } of unsigned)
        lines.push(`the report of ${drill} of ${system} is not signed: ${reason}`);
    } catch (thrown) {
      lines.push(`the signatures of ${system} could not be looked after: ${failureFrom(thrown).message}`);
    }
  }
  try {
    lines.push(...(await noteWithdrawnKeys(deps)));
  } catch (thrown) {
    lines.push(`the signing keys could not be looked at: ${failureFrom(thrown).message}`);
  }
  return lines;
}
