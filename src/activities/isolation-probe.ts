/**
 * Tries a connection to a restored server before it is opened for the checks: it must be refused. Afterwards the checks
 * connect to the very same address, so that a refusal means the firewall and not a server that is not there.
 */
import { probeIsolation } from '../contracts/drill.ts';
import type { IsolationProbe } from '../contracts/isolation.ts';
import { isoOf } from '../contracts/values.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { targetHere } from './scope.ts';

export function isolationProbeActivities(deps: Dependencies): Activity[] {
  return [
    implement(probeIsolation, async (on): Promise<IsolationProbe> => {
      const planned = targetOf(await readPlayedPlan(deps, on, on.plan), on.database);
      const { target, name } = planned;
      const at = isoOf(deps.clock.now());
      const { address, publicNetworkAccess } = await targetHere(deps, on, planned);
      if (publicNetworkAccess !== 'Enabled')
        return {
          ...{ outcome: 'not-tried', at },
          detail: 'it stands in a virtual network that this app belongs to: from here nothing is refused',
        };
      // An earlier attempt of this drill may have opened it already.
      const rules = await deps.servers.listFirewallRules(target);
      if (rules.size > 0)
        return { outcome: 'not-tried', at, detail: `let in already: ${[...rules.keys()].join(', ')}` };
      return { at, ...(await deps.databases.tryToConnect({ address: address ?? '', name })) };
    }),
  ];
}
