/**
 * The protection of a scope that was approved last, as it is stored: what an estate is held against before it applies.
 * Its digest stands beside it, so that a document that was changed by hand in part is not taken for approved.
 */
import { z } from 'zod';
import type { SystemProtection } from '../policy/retention/protection.ts';
import { ladderOf, protectionDigest } from './estate-protection.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

const atLeastNothing = z.number().nonnegative();
const many = z.int().nonnegative().optional();
const brakeLimit = z.object({ maxDeleteFraction: atLeastNothing, maxDeleteCount: atLeastNothing });

const systemProtection = z.object({
  system: shortId,
  region: regionName,
  windowHours: atLeastNothing,
  ladder: z
    .object({ keepLast: many, keepDaily: many, keepWeekly: many, keepMonthly: many, keepYearly: many })
    .optional(),
  minimumProven: atLeastNothing,
  brake: brakeLimit,
  contentBrake: brakeLimit,
  marksApartHours: atLeastNothing,
  graceHours: atLeastNothing,
  historyDays: atLeastNothing,
  reportDays: atLeastNothing,
  schedules: z.record(
    z.string(),
    z.object({
      lateAfterSeconds: atLeastNothing,
      everySeconds: atLeastNothing.optional(),
      slots: z.object({ cron: z.string(), timeZone: z.string() }).optional(),
    }),
  ),
  drillSamples: z.object({ references: atLeastNothing, changeRecords: atLeastNothing }).optional(),
  databases: z
    .array(
      z.object({
        id: shortId,
        drillChecks: z.array(z.string()).readonly(),
        checks: z
          .array(z.object({ name: z.string(), sql: z.string(), expect: z.string() }))
          .readonly()
          .optional(),
      }),
    )
    .readonly(),
  stores: z
    .array(
      z.object({
        id: shortId,
        deletesUnreferenced: z.boolean(),
        checksChangeRecords: z.boolean(),
        references: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  dumps: z
    .array(z.object({ id: shortId, at: z.string() }))
    .readonly()
    .optional(),
  aloneAfterSeconds: z.union([atLeastNothing, z.literal('never')]).optional(),
});

export const approvedEstate = z
  .object({
    /** Version 1 does not have what its schedules and checks can go on by. */
    schema: z.enum(['lifeboat/approved-estate/v1', 'lifeboat/approved-estate/v2']),
    system: shortId,
    region: regionName,
    /** What was approved; left out: that the scope is not protected any more. */
    protection: systemProtection.optional(),
    digest: documentDigest,
    since: instant,
    /** `first use`, `not weaker than before`, or who approved it. */
    authority: z.string().min(1),
  })
  .superRefine((document, context) => {
    const { system, region } = document;
    const protection = protectionOfApproved(document);
    if (protection !== undefined && (protection.system !== system || protection.region !== region))
      context.addIssue({ code: 'custom', path: ['protection'], message: 'is of another system or region' });
    if (protectionDigest({ system, region }, protection) !== document.digest)
      context.addIssue({ code: 'custom', path: ['digest'], message: 'is not the digest of what it says' });
  });
export type ApprovedEstate = z.infer<typeof approvedEstate>;

/** The approved protection as what it is compared as; undefined if it was approved that there is none any more. */
export function protectionOfApproved({
  protection,
}: Pick<ApprovedEstate, 'protection'>): SystemProtection | undefined {
  if (protection === undefined) return undefined;
  const { ladder, schedules } = protection;
  return {
    ...protection,
    ladder: ladder === undefined ? undefined : ladderOf(ladder),
    schedules: Object.fromEntries(
      Object.entries(schedules).map(([kind, { lateAfterSeconds, everySeconds, slots }]) => [
        kind,
        { lateAfterSeconds, everySeconds, ...(slots === undefined ? {} : { slots }) },
      ]),
    ),
  };
}
