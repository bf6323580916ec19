/**
 * Imports point one way. The table below is the architecture: a layer may import itself, the layers and the packages
 * named in its row, and nothing else of the project. Layers that a row does not name are reached through a port.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { isProductCode, projectPath } from './project-path.js';
import { onModuleNames } from './names.js';

/** Layer → layers it may import. */
const layers = {
  functions: ['app', 'workflows', 'contracts', 'policy'],
  app: ['activities', 'azure', 'scan-engine', 'verification', 'ports', 'contracts', 'policy'],
  activities: ['scan-engine', 'contracts', 'ports', 'policy'],
  'scan-engine': ['ports', 'policy'],
  workflows: ['contracts', 'policy'],
  azure: ['ports', 'contracts', 'policy'],
  ports: ['contracts', 'policy'],
  contracts: ['policy'],
  policy: [],
  verification: ['contracts', 'policy'],
  cli: ['verification', 'contracts', 'policy'],
  web: ['contracts', 'policy'],
  local: ['app', 'cli', 'contracts', 'policy'],
};

/** Files outside of every layer that a layer may import. */
const singleFiles = { app: ['package.json'], cli: ['package.json'], local: ['build.ts'] };

/** Package (or scope) → layers it may be imported by; a package without a row is free, but for the policy layer. */
const restrictedPackages = {
  zod: ['contracts', 'app', 'cli', 'local'],
  '@azure/functions': ['functions', 'app', 'local'],
  '@azure': ['azure', 'app', 'local'],
  // Signing in is all of Azure that the command knows.
  '@azure/identity': ['azure', 'app', 'cli', 'local'],
  pg: ['azure', 'local'],
  'durable-functions': ['functions', 'workflows', 'local'],
};

/** Modules of which the types are free where the code is not: they bind nothing at run time. */
const freeTypes = { zod: ['workflows', 'activities'], 'durable-functions': ['azure'] };

/** What the policy layer may use: pure computations. */
const purePackages = ['luxon', 'croner', 'node:crypto'];

export const importDirection = {
  meta: { type: 'problem', docs: { description: 'Imports follow the layers of the architecture.' } },
  create(context) {
    const path = projectPath(context.filename);
    if (!isProductCode(path) && !path.startsWith('local/')) return {};
    const layer = layerOf(path);
    return onModuleNames((specifier, node, isType) => {
      const message = objection(path, layer, specifier, isType);
      if (message !== undefined) context.report({ node, message });
    });
  },
};

/** The layer of a project path: the folder under `src`, or the top folder. */
function layerOf(path) {
  const [top, second, ...rest] = path.split('/');
  return top === 'src' && rest.length > 0 ? second : top;
}

/** Why the import is not allowed, or undefined. */
function objection(path, layer, specifier, isType) {
  if (layers[layer] === undefined)
    return `${path} is in no layer: add "${layer}" to lint/import-direction.js or move the file.`;
  // A stack on one machine loads what it is pointed at; product code never does.
  if (specifier === undefined)
    return layer === 'local' ? undefined : 'A computed import cannot be checked: name the module.';
  if (specifier.startsWith('.')) return fileObjection(layer, posix.join(posix.dirname(path), specifier));
  if (/^(\/|#|file:)/.test(specifier)) return `${specifier}: import files of the project by a relative path.`;
  return packageObjection(layer, specifier, isType);
}

function fileObjection(layer, target) {
  if (singleFiles[layer]?.includes(target)) return undefined;
  const targetLayer = layerOf(target);
  const allowed = [layer, ...layers[layer]];
  if (allowed.includes(targetLayer)) return undefined;
  return `${layer} must not import ${target}: it may import ${allowed.join(', ')}.`;
}

function packageObjection(layer, specifier, isType) {
  const isBuiltin = specifier.startsWith('node:') || builtinModules.includes(specifier);
  const name = isBuiltin ? `node:${specifier.replace(/^node:/, '')}` : packageName(specifier);
  if (layer === 'policy' && !purePackages.includes(name)) {
    return `policy must not import ${name}: it decides, and may use ${purePackages.join(', ')} only.`;
  }
  if (isType && freeTypes[name]?.includes(layer)) return undefined;
  const allowed = restrictedPackages[name] ?? restrictedPackages[name.split('/')[0]];
  if (allowed === undefined || allowed.includes(layer)) return undefined;
  return `${layer} must not import ${name}: only ${allowed.join(', ')} may.`;
}

const packageName = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
