/**
 * Where a linted file stands in the project. Paths are taken relative to the folder above this one, so that the rules
 * mean the same whatever the working directory is; all have forward slashes.
 */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** The file's path in the project (`src/policy/drill.ts`); starts with `../` when it is outside. */
export function projectPath(filename) {
  return relative(projectRoot, filename).split(sep).join('/');
}

/** Whether the path is product code, which is deployed: `functions/` or `src/`. */
export const isProductCode = (path) => /^(functions|src)\//.test(path);
