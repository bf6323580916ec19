/** Inline constraints of ASP.NET route templates (`{id:int}`, `{name:length(1,20)}`). */

type Constraint = (value: string) => boolean;

const isNumber: Constraint = (value) => value.trim() !== '' && Number.isFinite(Number(value));
const LARGEST_INT = 2_147_483_647;

const makers = new Map<string, (argument: string) => Constraint>([
  ['int', () => (value) => /^-?\d+$/.test(value) && Math.abs(Number(value)) <= LARGEST_INT],
  ['long', () => (value) => /^-?\d+$/.test(value)],
  ['bool', () => (value) => /^(true|false)$/i.test(value)],
  ['alpha', () => (value) => /^[a-z]*$/i.test(value)],
  ['guid', () => (value) => /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value)],
  ['decimal', () => isNumber],
  ['double', () => isNumber],
  ['float', () => isNumber],
  ['datetime', () => (value) => !Number.isNaN(Date.parse(value))],
  ['required', () => (value) => value !== ''],
  ['minlength', (argument) => (value) => value.length >= Number(argument)],
  ['maxlength', (argument) => (value) => value.length <= Number(argument)],
  ['length', lengthConstraint],
  ['min', (argument) => (value) => isNumber(value) && Number(value) >= Number(argument)],
  ['max', (argument) => (value) => isNumber(value) && Number(value) <= Number(argument)],
  ['range', rangeConstraint],
  [
    'regex',
    (argument) => {
      const pattern = new RegExp(argument, 'i');
      return (value) => pattern.test(value);
    },
  ],
]);

function bounds(argument: string): [number, number] {
  const [low = Number.NaN, high = low] = argument.split(',').map(Number);
  return [low, high];
}

function lengthConstraint(argument: string): Constraint {
  const [low, high] = bounds(argument);
  return (value) => value.length >= low && value.length <= high;
}

function rangeConstraint(argument: string): Constraint {
  const [low, high] = bounds(argument);
  return (value) => isNumber(value) && Number(value) >= low && Number(value) <= high;
}

/** The constraint of that name; throws if there is none. */
export function routeConstraint(name: string, argument: string): Constraint {
  const make = makers.get(name.toLowerCase());
  if (make === undefined) throw new Error(`There is no route constraint "${name}".`);
  return make(argument);
}
