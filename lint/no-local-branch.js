/**
 * Product code does not know the embedded stack: what runs on Azure is what was tested. Any name or text that would tell
 * the two apart is an error; the stack is reached by configured addresses alone.
 */
import { isProductCode, projectPath } from './project-path.js';

const patterns = [
  /(?:is_?Local|IS_?LOCAL|is_local)(?![a-z])/,
  /LIFEBOAT_LOCAL/i,
  /azurite/i,
  /devstoreaccount/i,
  /\b127\.\d+\.\d+\.\d+\b/,
  /localhost/i,
];

/** `isLocalized` and `isLocally…` are other words; `isLocal` and `isLocalStack` are not. */
const telltale = (text) =>
  patterns.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);

export const noLocalBranch = {
  meta: {
    type: 'problem',
    docs: { description: 'Product code does not distinguish the embedded stack from Azure.' },
  },
  create(context) {
    if (!isProductCode(projectPath(context.filename))) return {};
    const check = (node, text) => {
      const found = telltale(text);
      if (found === undefined) return;
      const message = `"${found}" tells the embedded stack from Azure: use a configured address instead.`;
      context.report({ node, message });
    };
    return {
      Literal: (node) => check(node, typeof node.value === 'string' ? node.value : (node.raw ?? '')),
      TemplateElement: (node) => check(node, node.value.raw),
      Identifier: (node) => check(node, node.name),
      PrivateIdentifier: (node) => check(node, node.name),
      JSXText: (node) => check(node, node.value),
    };
  },
};
