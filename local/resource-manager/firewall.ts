/**
 * Decides whether a server's network rules admit the clients of the embedded stack, which all come from the loopback
 * address. The rule 0.0.0.0–0.0.0.0 admits Azure's own services, and the app is one; a server with a delegated subnet
 * has no firewall and admits its network, in which the stack is taken to be.
 */
import { BlockList, isIPv4, SocketAddress } from 'node:net';
import type { FirewallRule, ServerRecord } from './model.ts';

const clientAddress = '127.0.0.1';

/** Whether clients on the loopback address may connect to the server. */
export function admitsClients(server: Pick<ServerRecord, 'properties' | 'firewallRules'>): boolean {
  const { network } = server.properties;
  if (network.delegatedSubnetResourceId !== undefined) return true;
  if (network.publicNetworkAccess === 'Disabled') return false;
  return Object.values(server.firewallRules).some(admits);
}

function admits(rule: FirewallRule): boolean {
  if (rule.startIpAddress === '0.0.0.0' && rule.endIpAddress === '0.0.0.0') return true;
  const range = new BlockList();
  range.addRange(
    new SocketAddress({ address: rule.startIpAddress }),
    new SocketAddress({ address: rule.endIpAddress }),
  );
  return range.check(clientAddress);
}

/** Why a firewall rule is not valid, or undefined when it is. */
export function findRuleProblem(rule: Partial<FirewallRule> | undefined): string | undefined {
  const { startIpAddress = '', endIpAddress = '' } = rule ?? {};
  if (!isIPv4(startIpAddress) || !isIPv4(endIpAddress))
    return 'startIpAddress and endIpAddress must be IPv4 addresses.';
  return toNumber(startIpAddress) > toNumber(endIpAddress)
    ? 'startIpAddress must not be after endIpAddress.'
    : undefined;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
