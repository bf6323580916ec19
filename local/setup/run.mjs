#!/usr/bin/env node
/**
 * `node local/setup/run.mjs <script.ts> [arguments…]`: makes the clone ready if it is not, then runs the script with the
 * Node 24 of node_modules. The Node version is checked first, in a module that old versions can parse.
 */
import { requireSupportedNode } from './node-version.mjs';

requireSupportedNode();

void import('./run-script.mjs').then(function (module) {
  return module.main(process.argv.slice(2));
});
