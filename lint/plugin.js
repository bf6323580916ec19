/** The project's own lint rules, as a plugin of oxlint (the interface is ESLint's). */
import { importDirection } from './import-direction.js';
import { noClock } from './no-clock.js';
import { noLocalBranch } from './no-local-branch.js';
import { workflowDeterminism } from './workflow-determinism.js';

export default {
  meta: { name: 'lifeboat' },
  rules: {
    'import-direction': importDirection,
    'no-clock': noClock,
    'no-local-branch': noLocalBranch,
    'workflow-determinism': workflowDeterminism,
  },
};
