/**
 * A server's configuration after a restore against the one that was recorded: what may be given back to a restored
 * server, and what is another than it was. A drill's server is isolated: its network rules are its own, and nothing that
 * would act on the outside by itself is switched on.
 */

export interface ConfiguredRole {
  readonly name: string;
  readonly attributes: string;
  readonly memberOf: readonly string[];
  readonly settings: readonly string[];
}

/** What is compared of a server. */
export interface Configuration {
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly roles: readonly ConfiguredRole[];
  readonly platform: Readonly<Record<string, string>>;
}

/** Libraries that work by themselves once they are loaded: on a restored copy they would do the source's work again. */
const selfActing = ['pg_cron', 'pg_partman_bgw', 'pglogical', 'pg_squeeze'];

/** Why a parameter is not given to a restored server; undefined where it may be. */
export function reasonToLeaveOut({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string;
}): string | undefined {
  if (name.startsWith('cron.')) return 'it would let scheduled jobs run on the copy';
  const library = selfActing.find((one) =>
    value.split(/[\s,]+/).some((given) => given.toLowerCase() === one),
  );
  if (name === 'shared_preload_libraries' && library !== undefined)
    return `${library} would do its work on the copy`;
  return undefined;
}

/** Facts of the platform that a restore brings over; every other is told, and to be set by a person. */
const carriedOver = ['version', 'tier', 'sku', 'storageGb', 'backupRetentionDays'];

/** What of a configuration is another than recorded, and what was left out or must be set by a person. */
export interface ConfigurationDrift {
  readonly findings: readonly string[];
  readonly told: readonly string[];
}

/** Holds what was found against what was recorded. */
export function configurationDrift(recorded: Configuration, found: Configuration): ConfigurationDrift {
  const leftOut = recorded.parameters.flatMap((one) => {
    const reason = reasonToLeaveOut(one);
    return reason === undefined ? [] : [`parameter ${one.name} = "${one.value}" was left out: ${reason}`];
  });
  return {
    findings: [
      ...parameterDrift(recorded, found),
      ...roleDrift(recorded.roles, found.roles),
      ...platformFacts(recorded, found, true),
    ],
    told: [...leftOut, ...platformFacts(recorded, found, false)],
  };
}

function parameterDrift(recorded: Configuration, found: Configuration): string[] {
  const now = new Map(found.parameters.map(({ name, value }) => [name, value]));
  const was = new Set(recorded.parameters.map(({ name }) => name));
  const missing = recorded.parameters
    .filter((one) => reasonToLeaveOut(one) === undefined && now.get(one.name) !== one.value)
    .map(
      ({ name, value }) =>
        `parameter ${name}: recorded "${value}", found ${now.has(name) ? `"${now.get(name)}"` : 'the default'}`,
    );
  const more = found.parameters
    .filter(({ name }) => !was.has(name))
    .map(({ name, value }) => `parameter ${name}: recorded the default, found "${value}"`);
  return [...missing, ...more];
}

/** Roles that the provider makes and keeps itself. */
const isProviders = ({ name }: ConfiguredRole): boolean => /^(azure|pg_|replication$|localadmin$)/.test(name);

function roleDrift(recorded: readonly ConfiguredRole[], found: readonly ConfiguredRole[]): string[] {
  const now = new Map(found.map((role) => [role.name, role]));
  const was = new Set(recorded.map(({ name }) => name));
  const changed = recorded
    .filter((role) => !isProviders(role))
    .flatMap((role) => {
      const standing = now.get(role.name);
      if (standing === undefined) return [`login ${role.name} is missing: recorded ${role.attributes}`];
      return [
        ...another(role.name, 'attributes', role.attributes, standing.attributes),
        ...another(role.name, 'memberships', listed(role.memberOf), listed(standing.memberOf)),
        ...another(role.name, 'settings', listed(role.settings), listed(standing.settings)),
      ];
    });
  const more = found
    .filter((role) => !isProviders(role) && !was.has(role.name))
    .map(({ name, attributes }) => `login ${name} was not there before: ${attributes}`);
  return [...changed, ...more];
}

const listed = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

const another = (role: string, what: string, was: string, is: string): string[] =>
  was === is ? [] : [`login ${role}: ${what} recorded as ${was}, found ${is}`];

export interface NetworkRule {
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/** The recorded network rules whose addresses no rule of the restored server lets in: whoever lets people in sets them. */
export function networkRulesToSet(
  recorded: readonly NetworkRule[],
  found: Iterable<Pick<NetworkRule, 'start' | 'end'>>,
): string[] {
  const there = new Set(Array.from(found, ({ start, end }) => `${start} ${end}`));
  return recorded
    .filter(({ start, end }) => !there.has(`${start} ${end}`))
    .map(({ name, start, end }) => `network rule ${name} (${start} to ${end})`);
}

function platformFacts(recorded: Configuration, found: Configuration, isCarriedOver: boolean): string[] {
  return Object.entries(recorded.platform)
    .filter(([name, was]) => carriedOver.includes(name) === isCarriedOver && found.platform[name] !== was)
    .map(([name, was]) => `${name}: recorded ${was}, found ${found.platform[name] ?? 'nothing'}`);
}
