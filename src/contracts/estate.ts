/**
 * The estate file: which systems are protected, where they stand, how they are checked, what was promised for them.
 * `readEstate` names every problem at once with its path and the fix; nothing runs on an estate that has one.
 */
import { z } from 'zod';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { addressEncodings, hashAlgorithms } from '../policy/address-encoding.ts';
import { problemsOfLayout } from '../policy/address-template.ts';
import { columnEncodings } from '../policy/content-address.ts';
import { playedScenarios } from '../policy/drill-scenarios.ts';
import { Failure } from '../policy/failure.ts';
import { fingerprintModes } from '../policy/fingerprint.ts';
import { repairModes } from '../policy/repair.ts';
import { secondsOf } from '../policy/objectives.ts';
import { defaultSamples } from '../policy/sampling.ts';
import { retentionLimits } from '../policy/retention/limits.ts';
import { defaultRetentionPolicy } from '../policy/retention/policy.ts';
import { problemOfSchedule } from '../policy/schedule.ts';
import { changeRecordSource } from './change-records.ts';
import { cutoverHooks } from './cutover-hooks.ts';
import { crossProblems, outlineOf } from './estate-cross-checks.ts';
import { eventLogSource } from './event-log.ts';
import { smokeSetting } from './smoke.ts';
import { columnName, tableName } from './sql-names.ts';
import { duration, instant, regionName, serverId, shortId } from './values.ts';

const redundancy = z.enum(['local', 'zone', 'geo', 'geo-zone']);
const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https:// URL' });

const schedule = z
  .strictObject({
    cron: z.string().meta({ description: 'Six fields: second minute hour day month weekday' }),
    timeZone: z.string().meta({ description: 'IANA time zone in which the cron expression is read' }),
    lateAfter: duration.meta({ description: 'A slot that has not begun by then is missed' }),
  })
  .superRefine((value, context) => {
    const problem = problemOfSchedule(value.cron, value.timeZone);
    if (problem !== undefined)
      context.addIssue({ code: 'custom', path: ['cron'], message: `names no schedule: ${problem}` });
  });

const operatorCheck = z.strictObject({
  name: z.string().min(1).max(100),
  sql: z.string().min(1).meta({ description: 'One query that returns one value' }),
  expect: z.string().meta({ description: 'The value that the query must return, as text' }),
});

const database = z.strictObject({
  id: shortId,
  server: serverId,
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,62}$/i, { error: 'must be a database name' }),
  redundancy,
  fingerprint: z.enum(fingerprintModes).default('bracketed'),
  checks: z.array(operatorCheck).default([]),
  erasure: z.string().min(1).optional().meta({
    description:
      'One statement with $1: erases again, in a restored database, what the law required to be erased under that id',
  }),
  eventLog: eventLogSource.optional().meta({
    description: 'A log of events without a gap: every drill checks that it has no break',
  }),
});

const blobReference = z.strictObject({
  database: shortId.meta({ description: 'The id of a database of the same region' }),
  table: tableName,
  column: columnName,
  encoding: z.enum(columnEncodings),
});

const blobAccount = httpsUrl.meta({ description: 'The blob endpoint of the storage account' });
const storageAccountId = z
  .string()
  .regex(
    /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[-\w._()]+\/providers\/Microsoft\.Storage\/storageAccounts\/[a-z0-9]{3,24}$/i,
    { error: 'must be the resource id of a storage account' },
  );
const containerName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/, { error: 'must be a container name' });

const blobStore = z
  .strictObject({
    id: shortId,
    account: blobAccount,
    accountId: storageAccountId,
    container: containerName,
    algorithm: z.enum(hashAlgorithms),
    encoding: z.enum(addressEncodings).optional().meta({
      description:
        'How a blob name holds the digest; hex (in lower case) unless it is said. cid: CIDv1 of the raw codec',
    }),
    layout: z
      .string()
      .superRefine((text, context) => {
        for (const problem of problemsOfLayout(text))
          context.addIssue({
            code: 'custom',
            message: `${problem}; write it like sha256/{0:2}/{2:4}/{digest}`,
          });
      })
      .meta({ description: 'How a digest becomes a blob name, such as sha256/{0:2}/{2:4}/{digest}' }),
    redundancy,
    opaque: z.boolean().default(false).meta({
      description: 'The content is encrypted by the client: integrity can be proven, decryptability cannot',
    }),
    repair: z.enum(repairModes).default('manual').meta({
      description:
        'Whether damaged blobs are put right by themselves from a good copy, or once a person approved it',
    }),
    unreferenced: z.enum(['report', 'delete']).default('report').meta({
      description:
        'Whether blobs that no retained recovery point and no row refers to are only reported, or deleted after their grace',
    }),
    references: z.array(blobReference).min(1),
    changeRecords: changeRecordSource.optional().meta({
      description:
        'Signed records of every change: they say which addresses must be there and which may be gone',
    }),
  })
  .superRefine((store, context) => {
    if (store.unreferenced === 'delete' && store.changeRecords !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['unreferenced'],
        message: 'must be report where change records say which blobs may be gone',
      });
    if (problemsOfLayout(store.layout).length > 0) return; // Said of the layout already.
    for (const problem of problemsOfLayout(store.layout, store))
      context.addIssue({
        code: 'custom',
        path: ['layout'],
        message: `${problem}; correct the layout, or "algorithm" and "encoding"`,
      });
  });

/** A place into which somebody exports dumps of databases. */
const dump = z.strictObject({
  id: shortId,
  account: blobAccount,
  accountId: storageAccountId,
  container: containerName,
  prefix: z.string().min(1).max(500).meta({
    description:
      'Every blob whose name begins so is a dump, and is deleted once it is past the retention window',
  }),
  databases: z.array(shortId).min(1).meta({ description: 'The databases that a dump of this place holds' }),
});

const resourceGroup = z.string().regex(/^[-\w._()]{1,90}$/);
const allowedAddresses = z
  .array(z.strictObject({ start: z.ipv4(), end: z.ipv4() }))
  .max(16, { error: 'must be at most 16 ranges: each is a rule of its own on every restored server' })
  .default([])
  .meta({ description: 'Who may reach a restored server; empty in a virtual network' });

/** How many a drill looks at one by one before it takes a sample. */
const lookedAt = z.strictObject({ atMost: z.int().min(1).default(defaultSamples.atMost) }).prefault({});

const systemRegion = z.strictObject({
  region: regionName,
  databases: z.array(database).min(1),
  blobStores: z.array(blobStore).default([]),
  dumps: z.array(dump).default([]),
  drill: z.strictObject({
    resourceGroup: resourceGroup.meta({
      description: 'The dedicated resource group: the only one in which drills make and delete servers',
    }),
    allowedAddresses,
    pairedRegion: regionName.optional().meta({
      description:
        'Where a drill of a lost region restores: the region into which the provider replicates; left out: nowhere',
    }),
    restorableAfter: duration.default('PT5M').meta({
      description: 'An instant can be restored only after so long (Azure documents up to 5 minutes)',
    }),
    references: lookedAt.meta({
      description: 'Blobs of a store that a drill re-hashes, at most; beyond that a random sample of so many',
    }),
    changeRecords: lookedAt.meta({
      description:
        'Signatures of change records that a drill computes, at most; beyond that half of the newest, half at random',
    }),
    rebuild: z
      .strictObject({ atMost: z.int().min(1).default(1_000) })
      .prefault({})
      .meta({
        description:
          'Blobs of a store that a drill of a lost store rebuilds, at most; beyond that a random sample of so many',
      }),
    smoke: smokeSetting.optional().meta({
      description: 'An application that every drill points at its restored servers, and what it must answer',
    }),
  }),
  restore: z
    .strictObject({
      resourceGroup: resourceGroup.meta({
        description: 'Where restores that a person asks for make their servers; not the group of the drills',
      }),
      allowedAddresses,
      breakGlassAfter: z
        .union([duration, z.literal('never')])
        .default('PT15M')
        .meta({
          description:
            'Where nobody decided on a restore or a cutover for so long, one person may go on alone, loudly; never: nobody may',
        }),
      tables: z.enum(['refused', 'allowed']).optional().meta({
        description:
          'Whether chosen tables may be restored into a schema of their own in the source’s database; refused unless it is said',
      }),
      cutover: cutoverHooks.optional(),
    })
    .optional(),
});

const rung = z.int().min(0).optional();
const ladder = z
  .strictObject({
    keepLast: rung,
    keepDaily: rung,
    keepWeekly: rung,
    keepMonthly: rung,
    keepYearly: rung,
  })
  .refine((rungs) => Object.values(rungs).some((many = 0) => many > 0), {
    error: 'keeps nothing: leave it out, or say how many',
  })
  .meta({
    description: 'Recovery points kept longer than the window: the newest of each of so many days, …',
  });

const fraction = z.number().positive().max(1).default(defaultRetentionPolicy.brake.maxDeleteFraction);
const brake = z
  .strictObject({
    fraction,
    count: z.int().min(1).default(defaultRetentionPolicy.brake.maxDeleteCount),
    contentFraction: fraction,
    contentCount: z.int().min(1).default(defaultRetentionPolicy.contentBrake.maxDeleteCount),
  })
  .meta({
    description: 'A prune that would delete more than this, of points or of content, needs an approval',
  });

const daysAtLeast = (floor: number): z.ZodString =>
  duration.refine((text) => secondsOf(text) >= floor * 86_400, { error: `must be at least ${floor} days` });

const system = z.strictObject({
  id: shortId,
  name: z.string().min(1).max(80),
  owner: z.string().min(1),
  criticality: z.enum(['low', 'medium', 'high', 'critical']),
  objectives: z.strictObject({
    rpo: duration,
    rto: duration,
    approvedBy: z.string().min(1),
    approvedAt: instant,
  }),
  retention: z.strictObject({
    window: duration
      .default('PT168H')
      .refine((window) => secondsOf(window) >= retentionLimits.windowFloorHours * 3600, {
        error: `must be at least ${retentionLimits.windowFloorHours} hours`,
      })
      .meta({ description: 'Retention window in hours of UTC' }),
    minimumProven: z.int().min(retentionLimits.minimumProvenFloor).default(1),
    ladder: ladder.optional(),
    brake: brake.prefault({}),
    reports: daysAtLeast(retentionLimits.reportFloorDays)
      .default(`P${defaultRetentionPolicy.reportDays}D`)
      .meta({
        description: 'How long reports of drills with their evidence are kept, and records of what was done',
      }),
    history: daysAtLeast(retentionLimits.historyFloorDays)
      .default(`P${defaultRetentionPolicy.historyDays}D`)
      .meta({ description: 'How long histories of finished orchestrations are kept, from their end' }),
  }),
  deadlines: z
    .strictObject({
      backup: duration
        .default('PT4H')
        .meta({ description: 'A backup or its deletion that has not ended by then has failed' }),
      restore: duration.default('PT13H').meta({
        description: 'A restore that has not ended by then has timed out (Azure documents up to 12 hours)',
      }),
      removal: duration
        .default('PT2H')
        .meta({ description: 'A restored server that is not removed by then is left over' }),
    })
    .prefault({}),
  scrub: z
    .strictObject({
      cycle: duration.optional().meta({
        description:
          'Every blob is re-hashed at least once in this time; the retention window unless it is said',
      }),
      megabytesPerSecond: z.number().positive().optional().meta({
        description: 'A scan reads no faster than this, so that production is not hurt',
      }),
      concurrency: z.int().min(1).max(256).default(128).meta({ description: 'Blobs read at once, at most' }),
    })
    .prefault({}),
  schedules: z.strictObject({
    snapshot: schedule,
    drill: schedule.safeExtend({
      scenario: z
        .enum(['rotate', ...playedScenarios])
        .optional()
        .meta({ description: 'What the schedule plays: rotate, what is due; else the newest point' }),
    }),
    scan: schedule.prefault({ cron: '0 0 0 * * *', timeZone: 'UTC', lateAfter: 'PT6H' }),
    prune: schedule.prefault({ cron: '0 0 6 * * *', timeZone: 'UTC', lateAfter: 'PT6H' }),
  }),
  regions: z.array(systemRegion).min(1),
});

const price = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  restoredServerPerHour: z.number().nonnegative(),
});

export const estateSchema = z
  .strictObject({ version: z.literal(1), price: price.optional(), systems: z.array(system).min(1) })
  .superRefine((estate, context) => {
    for (const { path, message } of crossProblems(estate))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type Estate = z.infer<typeof estateSchema>;
export type EstateSystem = Estate['systems'][number];
export type EstateRegion = EstateSystem['regions'][number];
export type EstateDatabase = EstateRegion['databases'][number];
export type EstateBlobStore = EstateRegion['blobStores'][number];
export type EstateDump = EstateRegion['dumps'][number];
export type BlobReference = EstateBlobStore['references'][number];

/** One problem of an estate file: where (path in the document) and what. */
export interface EstateProblem {
  readonly path: string;
  readonly problem: string;
}

/** Reads an estate file's text. Returns the estate, or every problem found. */
export function checkEstate(
  text: string,
): { readonly estate: Estate } | { readonly problems: readonly EstateProblem[] } {
  let document: unknown;
  try {
    document = parseYaml(text, { prettyErrors: true });
  } catch (error) {
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      problems: [
        { path: at === undefined ? '(file)' : `line ${at.line}`, problem: `is no YAML: ${problem}` },
      ],
    };
  }
  const result = estateSchema.safeParse(document);
  if (result.success) return { estate: result.data };
  const issues = [...result.error.issues, ...crossProblems(outlineOf(document))];
  const problems = issues.map(({ path, message }) => ({ path: pathText(path), problem: message }));
  // Where the shapes are right both say the same.
  const told = new Map(problems.map((one) => [`${one.path} ${one.problem}`, one]));
  return { problems: [...told.values()] };
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? '(document)' : text.replace(/^\./, '');
}

/** Reads an estate file's text or throws `bad-estate` with every problem on a line of its own. */
export function readEstate(text: string, file: string): Estate {
  const result = checkEstate(text);
  if ('estate' in result) return result.estate;
  const lines = result.problems.map((one) => `  ${one.path}: ${one.problem}`);
  throw new Failure(
    'bad-estate',
    `${file} has ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}:\n${lines.join('\n')}`,
    'Correct the file and run "lifeboat estate check"; nothing has been changed.',
  );
}
