/**
 * The host's keys: `master` opens everything, `function` functions of level function, `system` the durable
 * management API. Made at the first start and kept in a file that only the owner can read.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { ExitCode, HostFailure } from '../host-failure.ts';

/** The three keys. */
export interface HostKeys {
  readonly master: string;
  readonly function: string;
  readonly system: string;
}

/** What a function asks of its callers. */
export type AuthLevel = 'anonymous' | 'function' | 'admin' | 'system';

/** The keys in `<stateDir>/keys.json`, made if they are not there. */
export function loadKeys(stateDir: string): HostKeys {
  const file = path.join(stateDir, 'keys.json');
  if (!fs.existsSync(file)) writeKeys(file, { master: newKey(), function: newKey(), system: newKey() });
  return readKeys(file);
}

function newKey(): string {
  return randomBytes(32).toString('base64url');
}

function readKeys(file: string): HostKeys {
  const hint = `Correct it, or delete it to get new keys.`;
  let keys: Partial<HostKeys>;
  try {
    keys = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<HostKeys>;
  } catch (error) {
    throw new HostFailure(ExitCode.appFailed, `${file} cannot be read as JSON. ${hint}`, { cause: error });
  }
  const { master, function: functionKey, system } = keys;
  if (!master || !functionKey || !system)
    throw new HostFailure(ExitCode.appFailed, `${file} must hold "master", "function" and "system". ${hint}`);
  return { master, function: functionKey, system };
}

/** Written aside and renamed: a crash leaves either no file or a whole one. */
function writeKeys(file: string, keys: HostKeys): void {
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(temporary, file);
}

/** The key a request carries: header `x-functions-key` or query `code`. */
export function keyOf(request: IncomingMessage, query: URLSearchParams): string {
  const header = request.headers['x-functions-key'];
  return typeof header === 'string' ? header : (query.get('code') ?? '');
}

/** Whether this key opens that level. */
export function isAuthorized(keys: HostKeys, level: AuthLevel, key: string): boolean {
  if (level === 'anonymous' || isSame(key, keys.master)) return true;
  if (level === 'function') return isSame(key, keys.function);
  return level === 'system' && isSame(key, keys.system);
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
