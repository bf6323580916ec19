/** What a route of the API is: where it is, who may use it, what it takes and what it answers. */
import { z } from 'zod';
import type { Role } from '../actor.ts';

/** Never empty: a route that nobody may use, or of which nobody said who may, does not compile. */
export type Rule = readonly [Role, ...Role[]];

/** One route below `/api/v1`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** In ASP.NET's notation, without a leading slash: `reports/{system}`. */
  readonly path: string;
  readonly summary: string;
  /** Who may use it; the first role of it that a caller has is the one that counts. */
  readonly roles: Rule;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status: the JSON that is answered, or texts by their media type. */
  readonly answers: Readonly<Record<number, z.ZodType | Readonly<Record<string, z.ZodType>>>>;
}

/** Whoever has a role may look. */
export const anyRole = ['reader', 'operator', 'approver', 'auditor'] as const satisfies Rule;
/** Look into the audit log: not those who may look at the estate alone. */
export const keepers = ['auditor', 'approver', 'operator'] as const satisfies Rule;
/** Starts and stops what reads, proves and restores. */
export const operators = ['operator'] as const satisfies Rule;

/** A whole number as a query writes it. */
export const digits = (error: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number);
/** Where a page begins: the word that the page before ended with. */
export const continuation = z
  .string()
  .regex(/^[\w-]{1,500}$/, { error: 'must be the "continuation" of the page before, of the same list' });
export const paged = {
  limit: digits('must be a whole number').pipe(z.int().min(1).max(1_000)).optional(),
  continuation: continuation.optional(),
};
