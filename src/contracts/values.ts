/** Small zod types that every contract shares: instants, durations, identifiers, digests. */
import { DateTime, Duration } from 'luxon';
import { z } from 'zod';
import { parseServerResourceId } from '../policy/identifiers.ts';

/** The form in which Lifeboat itself writes an instant. */
const ownForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Milliseconds of an instant in our own form, which every document is full of; undefined in any other. */
function millisecondsOf(text: string): number | undefined {
  if (!ownForm.test(text)) return undefined;
  const at = Date.parse(text);
  // The 30th of February is read as another day, and is none to us.
  return new Date(at).getUTCDate() === Number(text.slice(8, 10)) ? at : undefined;
}

const isInstant = (text: string): boolean =>
  millisecondsOf(text) !== undefined || (text.endsWith('Z') && DateTime.fromISO(text).isValid);

/** An ISO-8601 instant in UTC, `…Z`. */
export const instant = z
  .string()
  .refine(isInstant, {
    error: 'must be an ISO-8601 instant in UTC, such as 2026-03-01T01:30:00.000Z',
  })
  .meta({ description: 'ISO-8601 instant in UTC' });

/** An ISO-8601 duration longer than nothing, such as `PT24H`. */
export const duration = z
  .string()
  .refine((text) => Duration.fromISO(text).isValid && Duration.fromISO(text).as('seconds') > 0, {
    error: 'must be an ISO-8601 duration longer than nothing, such as PT15M or PT24H',
  })
  .meta({ description: 'ISO-8601 duration, such as PT15M' });

/** A system's, database's or store's id inside the estate: 2–40 of `a-z0-9-`. */
export const shortId = z.string().regex(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/, {
  error: 'must be 2 to 40 of a-z, 0-9 and "-", beginning with a letter',
});

/** An Azure region's short name. */
export const regionName = z
  .string()
  .regex(/^[a-z][a-z0-9]{2,24}$/, { error: 'must be an Azure region such as westeurope' });

/** A flexible server's resource id. */
export const serverId = z.string().refine((text) => parseServerResourceId(text) !== undefined, {
  error:
    'must be /subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{name}',
});

/** `sha256-<64 hex>`: a digest of a document of Lifeboat's own. */
export const documentDigest = z
  .string()
  .regex(/^sha256-[0-9a-f]{64}$/, { error: 'must be sha256- and 64 hexadecimal digits' });

/** `yyyymmddThhmmssZ`. */
export const stamp = z.string().regex(/^\d{8}T\d{6}Z$/, { error: 'must be yyyymmddThhmmssZ' });

/** The instant in a stamp; undefined if it is none. */
export function instantOfStamp(text: string): DateTime | undefined {
  const iso = text.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const milliseconds = millisecondsOf(iso);
  return milliseconds === undefined || iso === text
    ? undefined
    : DateTime.fromMillis(milliseconds, { zone: 'utc' });
}

/** The instant as text, with milliseconds. */
export function isoOf(at: DateTime): string {
  return new Date(at.toMillis()).toISOString();
}

/** Days from one instant to another, of 24 hours each. */
export function daysBetween(from: DateTime, to: DateTime): number {
  return (to.toMillis() - from.toMillis()) / 86_400_000;
}

/** The instant in a stored text. */
export function instantOf(text: string): DateTime {
  const milliseconds = millisecondsOf(text);
  if (milliseconds !== undefined) return DateTime.fromMillis(milliseconds, { zone: 'utc' });
  return DateTime.fromISO(text, { zone: 'utc' });
}

/** A document of which only the kind is asked for. */
export const schemaOnly = z.looseObject({ schema: z.string() });
