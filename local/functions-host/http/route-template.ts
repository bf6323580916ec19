/**
 * Route templates in ASP.NET's notation: literals, `{p}`, `{p?}`, `{p=default}`, `{p:constraint}`, `{*rest}` and
 * segments that mix text and parameters. Literals match without regard to case.
 */
import { routeConstraint } from './route-constraints.ts';

type Values = Record<string, string>;

interface Segment {
  /** Lower binds closer, as ASP.NET orders routes. */
  readonly rank: number;
  /** The values of a path segment, or null if it does not match; undefined stands for "no segment left". */
  match(value: string | undefined): Values | null;
  readonly takesRest?: boolean;
}

/** A parsed template. */
export interface RouteTemplate {
  readonly template: string;
  /** Routes with a lower precedence are tried first. */
  readonly precedence: number;
  /** The values of a URL path, or null if it does not match. */
  match(path: string): Values | null;
}

/** Parses a template; throws on an unknown constraint. */
export function parseRouteTemplate(template: string): RouteTemplate {
  const segments = splitPath(template).map(parseSegment);
  const precedence = segments.reduce((sum, segment, index) => sum + segment.rank / 10 ** index, 0);
  return { template, precedence, match: (path) => matchPath(segments, path) };
}

function splitPath(path: string): string[] {
  const trimmed = path.replaceAll(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function matchPath(segments: readonly Segment[], path: string): Values | null {
  const parts = splitPath(path).map(decode);
  if (parts.includes(null)) return null;
  const values: Values = {};
  let position = 0;
  for (const segment of segments) {
    const rest = parts.slice(position);
    const found = segment.match(segment.takesRest === true ? rest.join('/') : (rest[0] ?? undefined));
    if (found === null) return null;
    Object.assign(values, found);
    position = segment.takesRest === true ? parts.length : Math.min(position + 1, parts.length);
  }
  return position === parts.length ? values : null;
}

const PARAMETER = /^\{(\*{0,2})([^}:=?]+)((?::[^:}=?(]+(?:\([^)]*\))?)*)(?:=([^}?]*))?(\?)?\}$/;

function parseSegment(text: string): Segment {
  const match = PARAMETER.exec(text);
  if (match !== null) return parameterSegment(match);
  return text.includes('{') ? mixedSegment(text) : literalSegment(text);
}

function literalSegment(text: string): Segment {
  const literal = text.toLowerCase();
  return { rank: 1, match: (value) => (value?.toLowerCase() === literal ? {} : null) };
}

function parameterSegment([
  ,
  star = '',
  name = '',
  constraintText = '',
  fallback,
  optional,
]: RegExpExecArray): Segment {
  const calls = [...constraintText.matchAll(/:([^:(]+)(?:\(([^)]*)\))?/g)];
  const constraints = calls.map(([, constraint = '', argument = '']) =>
    routeConstraint(constraint, argument),
  );
  const takesRest = star !== '';
  const rank = takesRest ? (calls.length > 0 ? 4 : 5) : calls.length > 0 ? 2 : 3;
  const match = (value: string | undefined): Values | null => {
    if (value === undefined || (takesRest && value === '')) {
      if (fallback !== undefined) return { [name]: fallback };
      return optional !== undefined || takesRest ? {} : null;
    }
    return constraints.every((isAllowed) => isAllowed(value)) ? { [name]: value } : null;
  };
  return { rank, match, takesRest };
}

function mixedSegment(text: string): Segment {
  const names: string[] = [];
  const pattern = text.split(/(\{[^}]+\})/).map((part) => {
    if (!part.startsWith('{')) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    names.push(part.slice(1, -1).split(/[:=?]/)[0] ?? '');
    return '(.+?)';
  });
  const expression = new RegExp(`^${pattern.join('')}$`, 'i');
  const match = (value: string | undefined): Values | null => {
    const groups = value === undefined ? null : expression.exec(value);
    return groups === null
      ? null
      : Object.fromEntries(names.map((name, index) => [name, groups[index + 1] ?? '']));
  };
  return { rank: 2, match };
}
