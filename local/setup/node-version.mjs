/**
 * Decides whether the Node that runs setup is new enough, and says so before anything else is loaded. Written in the
 * syntax of old Node versions on purpose: a newer syntax here would end in a SyntaxError instead of the message.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The exit code of every setup failure: EX_UNAVAILABLE of sysexits.h. */
export var EXIT_UNAVAILABLE = 69;

/** The project's root folder, two levels above this file. */
export var projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');

/** The lowest major version that package.json's `engines.node` (`>=N`) accepts. */
export function lowestNodeMajor(root) {
  var engines = JSON.parse(readFileSync(root + '/package.json', 'utf8')).engines || {};
  return Number.parseInt(String(engines.node || '').replace(/^\D+/, ''), 10) || 20;
}

/** A message when `version` (`v18.20.0`) is older than `lowest`, otherwise undefined. */
export function nodeVersionProblem(version, lowest) {
  var major = Number.parseInt(version.replace(/^v/, ''), 10);
  if (major >= lowest) return undefined;
  return (
    'Lifeboat needs Node ' +
    lowest +
    ' or newer to set itself up; this is Node ' +
    version.replace(/^v/, '') +
    '.\n' +
    'Next: install a current Node from https://nodejs.org and run the same command again.'
  );
}

/** Ends the process with the message when the running Node is too old. */
export function requireSupportedNode() {
  var problem = nodeVersionProblem(process.version, lowestNodeMajor(projectRoot));
  if (problem === undefined) return;
  process.stderr.write(problem + '\n');
  process.exit(EXIT_UNAVAILABLE);
}
