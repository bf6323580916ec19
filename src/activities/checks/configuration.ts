/** Is the restored server set up as its source was? What a restore does not carry over was given back before. */
import { configurationDrift, networkRulesToSet } from '../../policy/server-configuration.ts';
import { pointServerOf, readConfiguration, recordedConfiguration } from '../configuration.ts';
import { targetOf } from '../played-plan.ts';
import { answerByFindings, recordedIn, type Check, type CheckAnswer } from './check.ts';

/** The rules by which a restored server is opened for its checks. */
const ownRule = /^lifeboat-check-\d+$/;

export const configurationCheck: Check = {
  id: 'configuration',
  title: 'The server is configured as its source was',
  needsRecord: true,
  async run(context): Promise<CheckAnswer> {
    const { deps, plan, database, here, at } = context;
    const { point } = recordedIn(context);
    const { target } = targetOf(plan, database.id);
    const recorded = await recordedConfiguration(deps, here.scope, point, database.id);
    if (recorded === undefined)
      return {
        status: 'inconclusive',
        expected: 'the configuration as recorded with the point',
        actual: `none was recorded: ${pointServerOf(point, database.id)?.problem ?? 'the point is older'}`,
        findings: [],
        measured: {},
      };
    const drift = configurationDrift(recorded, await readConfiguration(deps, target, at));
    const rules = await deps.servers.listFirewallRules(target);
    const foreign = [...rules.keys()].filter((name) => !ownRule.test(name));
    const { parameters, roles, firewallRules } = recorded;
    // A drill's server is to be reached by nobody who reaches the source.
    const closed = 'drill' in plan ? [] : networkRulesToSet(firewallRules, rules.values());
    const told = [...drift.told, ...closed];
    return answerByFindings(
      `${parameters.length} parameters, ${roles.length} logins, version, size and backup as recorded; network rules its own`,
      told.length === 0 ? 'as recorded' : `as recorded; to be set by a person: ${told.join('; ')}`,
      [...drift.findings, ...foreign.map((name) => `network rule ${name} is not of this run`)],
      { parameters: parameters.length, roles: roles.length, setByAPerson: told.length },
      { told, sourceFirewallRules: firewallRules },
    );
  },
};
