/**
 * Time is a parameter: only `src/azure/clock.ts` reads the clock, so that every decision can be made again for any
 * instant. (Workflows have a stricter rule of their own.)
 */
import { onClockReads } from './clock-reads.js';
import { isProductCode, projectPath } from './project-path.js';

const theClock = 'src/azure/clock.ts';

export const noClock = {
  meta: { type: 'problem', docs: { description: 'Only src/azure/clock.ts reads the clock.' } },
  create(context) {
    const path = projectPath(context.filename);
    if (!isProductCode(path) || path === theClock || path.startsWith('src/workflows/')) return {};
    return onClockReads((node, read) =>
      context.report({
        node,
        message: `${read} reads the clock: take \`now\` as a parameter, or the Clock port.`,
      }),
    );
  },
};
