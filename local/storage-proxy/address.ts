/** What a request is about: account, container and blob, from the path style of the embedded blob store. */
import type { IncomingMessage } from 'node:http';

const secondarySuffix = '-secondary';

/** A blob of an account, its name as it is, not as a URL writes it. */
export interface BlobName {
  readonly account: string;
  readonly container: string;
  readonly name: string;
}

export interface Target extends BlobName {
  readonly isSecondary: boolean;
  readonly query: URLSearchParams;
}

/** Reads the target out of a request's path; an account without container or blob has empty names. */
export function targetOf(request: Pick<IncomingMessage, 'url'>): Target {
  const [path, query] = splitOnce(request.url ?? '/', '?');
  const [first, rest] = splitOnce(path.slice(1), '/');
  const [container, name] = splitOnce(rest, '/');
  const isSecondary = first.endsWith(secondarySuffix);
  return {
    account: isSecondary ? first.slice(0, -secondarySuffix.length) : first,
    ...{ container: decode(container), name: decode(name), isSecondary },
    query: new URLSearchParams(query),
  };
}

/** The path of a blob, with every segment encoded. */
export function pathOf({ account, container, name }: BlobName): string {
  const blob = name.split('/').map(encodeURIComponent).join('/');
  return `/${account}/${encodeURIComponent(container)}${name === '' ? '' : `/${blob}`}`;
}

export const keyOf = ({ account, container, name }: BlobName): string => `${account}/${container}/${name}`;

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // The store says itself what is wrong with it.
  }
}
