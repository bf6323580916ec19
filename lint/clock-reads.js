/** Recognizes what reads the machine's clock, in JavaScript and in Luxon. One list for all rules about time. */
import { isGlobal, isMemberOf, memberName } from './names.js';

/** How the node reads the clock (`Date.now`), or undefined when it does not. */
export function clockRead(node) {
  if (node.type === 'MemberExpression') return memberRead(node);
  if (node.type === 'NewExpression')
    return isGlobal(node.callee, 'Date') && hasNone(node) ? 'new Date()' : undefined;
  return node.type === 'CallExpression' ? callRead(node) : undefined;
}

/** The listeners of a rule that reports each clock read through `report(node, read)`. */
export function onClockReads(report) {
  const check = (node) => {
    const read = clockRead(node);
    if (read !== undefined) report(node, read);
  };
  return { MemberExpression: check, NewExpression: check, CallExpression: check };
}

const hasNone = (node) => node.arguments.length === 0;

function memberRead(node) {
  if (isMemberOf(node, 'Date', 'now')) return 'Date.now';
  if (isMemberOf(node, 'DateTime', 'now')) return 'DateTime.now';
  return memberName(node) === 'diffNow' ? 'diffNow' : undefined;
}

function callRead(node) {
  const { callee } = node;
  if (isGlobal(callee, 'Date')) return 'Date()';
  if (callee.type !== 'MemberExpression') return undefined;
  const name = memberName(callee);
  if (['utc', 'local'].includes(name) && isGlobal(callee.object, 'DateTime') && onlyOptions(node))
    return `DateTime.${name}()`;
  return ['toRelative', 'toRelativeCalendar'].includes(name) && hasNone(node) ? `${name}()` : undefined;
}

/** Luxon takes the present time when no argument, or only an object of options, is given. */
const onlyOptions = ({ arguments: given }) =>
  given.length === 0 || (given.length === 1 && given[0].type === 'ObjectExpression');
