/** Reads names out of syntax: what a member, a reference or an import is called, as far as the text says. */

/** The node without what only types or groups it: `(a as B)!` is `a`. */
export function bare(node) {
  const wraps = /^(TS(As|Satisfies|NonNull|TypeAssertion)|Parenthesized|Chain)/.test(node.type);
  return wraps ? bare(node.expression) : node;
}

/** The member's name for `a.name` and `a['name']`, otherwise undefined. */
export function memberName(node) {
  if (!node.computed) return node.property.name;
  const property = bare(node.property);
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : undefined;
}

/** Whether the node is the variable `name`, or `globalThis.name`. */
export function isGlobal(wrapped, name) {
  const node = bare(wrapped);
  if (node.type === 'Identifier') return node.name === name;
  return (
    node.type === 'MemberExpression' && bare(node.object).name === 'globalThis' && memberName(node) === name
  );
}

/** Whether the node is `object.member` for a global object. */
export const isMemberOf = (node, object, member) =>
  node.type === 'MemberExpression' && isGlobal(node.object, object) && memberName(node) === member;

/** A key's name in `{ name: … }`, otherwise undefined. */
export const keyName = (property) =>
  property.type === 'Property' && !property.computed ? (property.key.name ?? property.key.value) : undefined;

/**
 * Listeners that call `visit(specifier, node, isType)` for whatever names a module: import, export from, import(),
 * require(), a type's import(), and `import x = require()`. The specifier is undefined when it is computed.
 */
export function onModuleNames(visit) {
  const literal = (node) =>
    node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
  const fromSource = (node) => {
    if (node.source) visit(literal(node.source), node, (node.importKind ?? node.exportKind) === 'type');
  };
  return {
    ImportDeclaration: fromSource,
    ExportNamedDeclaration: fromSource,
    ExportAllDeclaration: fromSource,
    ImportExpression: fromSource,
    TSImportType: (node) =>
      visit(literal(node.source ?? node.argument?.literal ?? node.argument), node, true),
    TSExternalModuleReference: (node) => visit(literal(node.expression), node, false),
    CallExpression(node) {
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
      if (isRequire) visit(literal(node.arguments[0]), node, false);
    },
  };
}
