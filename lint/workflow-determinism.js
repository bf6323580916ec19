/**
 * A workflow is replayed from its history, so it must do the same each time: no clock, no chance, no input or output, no
 * asynchrony but `yield`, no state that outlives the instance. What it needs of the world comes from an activity, and
 * the time from `ctx.df.currentUtcDateTime`.
 */
import { builtinModules } from 'node:module';
import { onClockReads } from './clock-reads.js';
import { bare, isMemberOf, keyName, memberName, onModuleNames } from './names.js';
import { projectPath } from './project-path.js';

/** Global names → what to do instead. */
const forbiddenGlobals = {
  setTimeout: 'use a durable timer',
  setInterval: 'use a durable timer',
  setImmediate: 'use a durable timer',
  queueMicrotask: 'yield a task',
  Promise: 'yield a task, or Task.all and Task.any',
  process: 'pass configuration as input',
  fetch: 'call an activity',
  crypto: 'call an activity',
  performance: 'use ctx.df.currentUtcDateTime',
  console: 'return facts, or set the custom status',
  globalThis: 'pass what is needed as input',
  require: 'import at the top',
};

const contextNames = new Set(['ctx', 'context']);
const contextTypes = new Set(['OrchestrationContext', 'InvocationContext']);

export const workflowDeterminism = {
  meta: { type: 'problem', docs: { description: 'Workflows do the same on every replay.' } },
  create(context) {
    if (!projectPath(context.filename).startsWith('src/workflows/')) return {};
    const report = (node, message) =>
      context.report({ node, message: `${message} (workflows are replayed)` });
    return merge(
      onClockReads((node, read) => report(node, `${read} differs on replay: use ctx.df.currentUtcDateTime`)),
      onModuleNames((specifier, node) => checkModule(specifier, node, report)),
      syntaxListeners(report),
      contextListeners(report),
      { 'Program:exit': (program) => checkGlobals(context.sourceCode, program, report) },
    );
  },
};

function checkModule(specifier, node, report) {
  if (node.type === 'ImportExpression') report(node, 'import() is asynchronous: import at the top');
  const isBuiltin = specifier?.startsWith('node:') || builtinModules.includes(specifier);
  if (isBuiltin) report(node, `${specifier} reaches outside: call an activity`);
}

function syntaxListeners(report) {
  const noAsync = (node) => {
    if (node.async) report(node, 'An async function is not replayed: write a generator and yield tasks');
  };
  return {
    FunctionDeclaration: noAsync,
    FunctionExpression: noAsync,
    ArrowFunctionExpression: noAsync,
    AwaitExpression: (node) => report(node, 'await is not replayed: yield a task'),
    ForOfStatement: (node) => {
      if (node.await) report(node, 'for await is not replayed: yield tasks');
    },
    ForInStatement: (node) =>
      report(node, 'for-in has no order to rely on: go over Object.keys of a known shape, or a list'),
    MemberExpression: (node) => {
      if (isMemberOf(node, 'Math', 'random'))
        report(node, 'Math.random differs on replay: let an activity choose');
    },
    Program: (program) => program.body.forEach((statement) => checkModuleState(statement, report)),
  };
}

/** Variables of the module outlive an instance: replays of others would change them. */
function checkModuleState(statement, report) {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration?.type === 'VariableDeclaration' && ['let', 'var'].includes(declaration.kind)) {
    report(declaration, `A module's ${declaration.kind} outlives the instance: keep state in the generator`);
  }
}

/** Of the invocation's context only `df` is for workflows, and of `df` not what the embedded host or replay lacks. */
function contextListeners(report) {
  const checkContextMember = (node, name) => {
    if (name !== 'df') report(node, `ctx.${name ?? '[…]'} is not for workflows: only ctx.df is`);
  };
  const checkDurableMember = (node, name) => {
    if (name === 'callHttp')
      report(node, 'df.callHttp is an effect with polling of its own: call an activity');
    if (name === 'lock')
      report(node, 'df.lock is not supported: claim by a conditional write in an activity');
  };
  const checkPattern = (pattern, takesContext, takesDurable) => {
    for (const property of pattern.properties) {
      const name = keyName(property);
      if (takesContext) checkContextMember(property, name);
      if (takesDurable) checkDurableMember(property, name);
      const inner = property.value?.type === 'ObjectPattern' && takesContext && name === 'df';
      if (inner) checkPattern(property.value, false, true);
    }
  };
  return {
    MemberExpression(node) {
      if (isContext(node.object)) checkContextMember(node, memberName(node));
      if (isDurable(node.object)) checkDurableMember(node, memberName(node));
    },
    ObjectPattern(node) {
      const init = node.parent.type === 'VariableDeclarator' ? node.parent.init : undefined;
      const isParameter = contextTypes.has(typeNameOf(node));
      checkPattern(node, isParameter || (init ? isContext(init) : false), init ? isDurable(init) : false);
    },
  };
}

function isContext(wrapped) {
  const node = bare(wrapped);
  return node.type === 'Identifier' && contextNames.has(node.name);
}

function isDurable(wrapped) {
  const node = bare(wrapped);
  return node.type === 'MemberExpression'
    ? memberName(node) === 'df'
    : node.type === 'Identifier' && node.name === 'df';
}

/** The name in `pattern: Name` or `pattern: module.Name`. */
function typeNameOf(node) {
  const typeName = node.typeAnnotation?.typeAnnotation?.typeName;
  return typeName?.name ?? typeName?.right?.name;
}

/** Reports each value that refers to a forbidden global, that is: to a name that nothing in the file declares. */
function checkGlobals(sourceCode, program, report) {
  const scopes = [sourceCode.getScope(program)];
  for (let scope = scopes.pop(); scope !== undefined; scope = scopes.pop()) {
    scopes.push(...scope.childScopes);
    for (const { identifier, resolved, isTypeReference } of scope.references) {
      const instead = Object.hasOwn(forbiddenGlobals, identifier.name)
        ? forbiddenGlobals[identifier.name]
        : undefined;
      const isDeclared = resolved !== null && resolved.defs.length > 0;
      if (instead !== undefined && !isDeclared && !isTypeReference)
        report(identifier, `${identifier.name}: ${instead}`);
    }
  }
}

/** One set of listeners that calls all that are given for a kind of node. */
function merge(...sets) {
  const merged = {};
  for (const [kind, listener] of sets.flatMap((set) => Object.entries(set))) {
    const earlier = merged[kind];
    merged[kind] = earlier === undefined ? listener : (node) => [earlier(node), listener(node)];
  }
  return merged;
}
