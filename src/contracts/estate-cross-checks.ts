/**
 * What must hold between the parts of an estate file: names that are used once, databases that are there, resource groups
 * that hold nothing but drills. It is asked of a file whose shapes are wrong elsewhere, too, so that a person reads every
 * problem at once: then of whatever can be made out in it.
 */
import { z } from 'zod';

/** One problem between parts: where, and what. */
export interface CrossProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is looked at; what could not be made out of a file is the empty text, or left out. */
export interface EstateOutline {
  readonly systems: readonly {
    readonly id: string;
    readonly regions: readonly RegionOutline[];
  }[];
}

interface RegionOutline {
  readonly region: string;
  readonly databases: readonly { readonly id: string; readonly server: string; readonly name: string }[];
  readonly blobStores: readonly StoreOutline[];
  readonly dumps: readonly (ContainerOutline & { readonly databases: readonly string[] })[];
  readonly drill: { readonly resourceGroup: string; readonly pairedRegion?: string | undefined };
  readonly restore?:
    | {
        readonly resourceGroup: string;
        readonly cutover?: readonly { readonly database: string }[] | undefined;
      }
    | undefined;
}

interface ContainerOutline {
  readonly id: string;
  readonly account: string;
  readonly container: string;
}

interface StoreOutline extends ContainerOutline {
  readonly references: readonly { readonly database: string }[];
  readonly changeRecords?: { readonly database: string } | undefined;
}

/** Every problem between the parts of an estate, in the order of the file. */
export function crossProblems({ systems }: EstateOutline): CrossProblem[] {
  const problems: CrossProblem[] = [];
  const once = usedOnce(problems);
  const protectedRegions = new Set(systems.flatMap(({ regions }) => regions.map(({ region }) => region)));
  const drillGroups = new Set(
    systems.flatMap(({ regions }) => regions.map(({ drill }) => drill.resourceGroup.toLowerCase())),
  );
  drillGroups.delete('');
  const contents = new Set(
    systems.flatMap(({ regions }) => regions.flatMap(({ blobStores }) => blobStores.map(containerOf))),
  );
  for (const [s, { id, regions }] of systems.entries()) {
    once([id], ['systems', s, 'id']);
    for (const [r, region] of regions.entries()) {
      const at = ['systems', s, 'regions', r];
      once([id, region.region], [...at, 'region']);
      for (const [d, { id: database, server, name }] of region.databases.entries()) {
        once(['database', id, region.region, database], [...at, 'databases', d, 'id']);
        once(['at', server.toLowerCase(), name], [...at, 'databases', d, 'name']);
      }
      for (const [b, store] of region.blobStores.entries())
        once(['store', id, region.region, store.id], [...at, 'blobStores', b, 'id']);
      for (const [d, dump] of region.dumps.entries())
        once(['store', id, region.region, dump.id], [...at, 'dumps', d, 'id']);
      problems.push(
        ...groupProblems(region, drillGroups, at),
        ...pairProblems(region, protectedRegions, at),
        ...linkProblems(region, at),
        ...dumpProblems(region, contents, at),
        ...hookProblems(region, at),
      );
    }
  }
  return problems;
}

/** Notes a name that was used before; one of which a part could not be made out is none. */
function usedOnce(problems: CrossProblem[]): (name: readonly string[], path: (string | number)[]) => void {
  const known = new Map<string, string>();
  return (name, path) => {
    if (name.includes('')) return;
    const key = name.join(' ');
    const first = known.get(key);
    if (first === undefined) known.set(key, path.join('.'));
    else problems.push({ path, message: `is used twice; the first is at ${first}` });
  };
}

function groupProblems(
  { databases, drill, restore }: RegionOutline,
  drillGroups: ReadonlySet<string>,
  at: readonly (string | number)[],
): CrossProblem[] {
  const group = `/resourcegroups/${drill.resourceGroup.toLowerCase()}/`;
  const holdsServer =
    drill.resourceGroup !== '' && databases.some(({ server }) => server.toLowerCase().includes(group));
  const path = [...at, 'drill', 'resourceGroup'];
  const message = 'must not hold a protected server; use a resource group for drills alone';
  const isForDrills = restore !== undefined && drillGroups.has(restore.resourceGroup.toLowerCase());
  return [
    ...(holdsServer ? [{ path, message }] : []),
    ...(isForDrills
      ? [
          {
            path: [...at, 'restore', 'resourceGroup'],
            message: 'must not be a resource group for drills: what stands there is removed',
          },
        ]
      : []),
  ];
}

/** Data of one region never come where another one is protected: there they would be another deployment's. */
function pairProblems(
  { drill: { pairedRegion } }: RegionOutline,
  protectedRegions: ReadonlySet<string>,
  at: readonly (string | number)[],
): CrossProblem[] {
  if (pairedRegion === undefined || pairedRegion === '' || !protectedRegions.has(pairedRegion)) return [];
  const path = [...at, 'drill', 'pairedRegion'];
  return [{ path, message: 'must be no region that the estate protects: its data stay apart' }];
}

function linkProblems(
  { databases, blobStores }: RegionOutline,
  at: readonly (string | number)[],
): CrossProblem[] {
  const ids = databases.map(({ id }) => id).filter((id) => id !== '');
  return blobStores.flatMap(({ references, changeRecords }, b) => {
    const links = references.map(({ database }, f) => ({ database, within: ['references', f] }));
    if (changeRecords !== undefined)
      links.push({ database: changeRecords.database, within: ['changeRecords'] });
    return links
      .filter(({ database }) => database !== '' && ids.length > 0 && !ids.includes(database))
      .map(({ within }) => ({
        path: [...at, 'blobStores', b, ...within, 'database'],
        message: `names no database of this region; use one of: ${ids.join(', ')}`,
      }));
  });
}

const containerOf = ({ account, container }: ContainerOutline): string =>
  `${account.replace(/\/+$/, '').toLowerCase()}/${container}`;

/** What is below a prefix is deleted for its age alone: no protected content may lie beside it. */
function dumpProblems(
  { databases, dumps }: RegionOutline,
  contents: ReadonlySet<string>,
  at: readonly (string | number)[],
): CrossProblem[] {
  const ids = databases.map(({ id }) => id).filter((id) => id !== '');
  return dumps.flatMap((dump, d): CrossProblem[] => [
    ...(dump.container !== '' && contents.has(containerOf(dump))
      ? [
          {
            path: [...at, 'dumps', d, 'container'],
            message: 'must not hold a protected blob store; use a container for dumps alone',
          },
        ]
      : []),
    ...dump.databases.flatMap((database, n) =>
      database === '' || ids.length === 0 || ids.includes(database)
        ? []
        : [
            {
              path: [...at, 'dumps', d, 'databases', n],
              message: `names no database of this region; use one of: ${ids.join(', ')}`,
            },
          ],
    ),
  ]);
}

function hookProblems(
  { databases, restore }: RegionOutline,
  at: readonly (string | number)[],
): CrossProblem[] {
  const ids = databases.map(({ id }) => id).filter((id) => id !== '');
  return (restore?.cutover ?? []).flatMap(({ database }, h) =>
    database === '' || ids.length === 0 || ids.includes(database)
      ? []
      : [
          {
            path: [...at, 'restore', 'cutover', h, 'database'],
            message: `names no database of this region; use one of: ${ids.join(', ')}`,
          },
        ],
  );
}

const text = z.string().catch('');
/** The items of a list, each as far as it can be made out: a wrong one keeps its place. */
const listOf = <T extends z.ZodType>(item: T): z.ZodCatch<z.ZodArray<T>> => z.array(item).catch([]);
/** An object, empty where there is none. */
const unknown = <T>(shape: z.ZodType<T>): z.ZodType<T> =>
  z.preprocess(
    (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}),
    shape,
  );
const group = unknown(
  z.object({ resourceGroup: text, cutover: listOf(unknown(z.object({ database: text }))).optional() }),
);

const container = { id: text, account: text, container: text };

const outline = unknown(
  z.object({
    systems: listOf(
      unknown(
        z.object({
          id: text,
          regions: listOf(
            unknown(
              z.object({
                region: text,
                databases: listOf(unknown(z.object({ id: text, server: text, name: text }))),
                blobStores: listOf(
                  unknown(
                    z.object({
                      ...container,
                      references: listOf(unknown(z.object({ database: text }))),
                      changeRecords: unknown(z.object({ database: text })).optional(),
                    }),
                  ),
                ),
                dumps: listOf(unknown(z.object({ ...container, databases: listOf(text) }))),
                drill: unknown(z.object({ resourceGroup: text, pairedRegion: text.optional() })),
                restore: group.optional(),
              }),
            ),
          ),
        }),
      ),
    ),
  }),
);

/** As much of an estate's outline as can be made out of a document of any shape. */
export const outlineOf = (document: unknown): EstateOutline => outline.parse(document);
