#!/usr/bin/env node
/**
 * `npm run setup`: makes a clone ready to run, or says that it is. Does nothing but choose: the Node version is checked
 * first, in a module that old versions can parse, and only then the rest is loaded.
 */
import { projectRoot, requireSupportedNode } from './node-version.mjs';

requireSupportedNode();

void Promise.all([import('./ensure-setup.mjs'), import('./problem.mjs')]).then(function (modules) {
  return modules[0].ensureSetup(projectRoot).then(modules[0].reportReady, modules[1].exitWithProblem);
});
