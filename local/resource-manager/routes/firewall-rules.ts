/** Firewall rules of a server. */
import { findRuleProblem } from '../firewall.ts';
import { invalidParameter, notFound, ResourceManagerError } from '../errors.ts';
import type { FirewallRule } from '../model.ts';
import { serverType, viewFirewallRule } from '../views.ts';
import {
  acceptOperation,
  requireReady,
  requireServer,
  type ManagementRequest,
  type Reply,
  type ServerPlace,
} from './request.ts';

/** Answers `…/firewallRules` and `…/firewallRules/{name}`. */
export function handleFirewallRules(request: ManagementRequest, place: ServerPlace): Reply {
  if (request.method === 'GET') return showRules(request, place);
  const { item } = place;
  if (item === undefined || (request.method !== 'PUT' && request.method !== 'DELETE')) {
    throw new ResourceManagerError(
      405,
      'MethodNotAllowed',
      `${request.method} is not supported for firewall rules.`,
    );
  }
  const server = requireServer(request, place);
  if (server.properties.network.delegatedSubnetResourceId !== undefined) {
    const message = `Firewall rules do not apply to '${server.name}', which is integrated into a virtual network.`;
    throw new ResourceManagerError(400, 'FirewallRulesNotSupported', message);
  }
  if (request.method === 'PUT') return putRule(request, place, item);
  if (server.firewallRules[item] === undefined) return { status: 204 };
  return acceptOperation(request, requireReady(request, place), { kind: 'delete-firewall-rule', name: item });
}

function showRules(request: ManagementRequest, place: ServerPlace): Reply {
  const server = requireServer(request, place);
  if (place.item === undefined) {
    const rules = Object.entries(server.firewallRules).map(([name, rule]) =>
      viewFirewallRule(server, name, rule),
    );
    return { status: 200, body: { value: rules } };
  }
  const rule = server.firewallRules[place.item];
  if (rule === undefined) throw notFound(`${serverType}/firewallRules`, place.item);
  return { status: 200, body: viewFirewallRule(server, place.item, rule) };
}

function putRule(request: ManagementRequest, place: ServerPlace, name: string): Reply {
  const rule = request.body['properties'] as FirewallRule | undefined;
  const problem = findRuleProblem(rule);
  if (rule === undefined || problem !== undefined) throw invalidParameter('firewallRule', problem ?? '');
  const { startIpAddress, endIpAddress } = rule;
  return acceptOperation(request, requireReady(request, place), {
    kind: 'put-firewall-rule',
    name,
    rule: { startIpAddress, endIpAddress },
  });
}
