/** The provider's servers as one process reaches them: the refusals that Azure gives, and answers a moment old. */
import { Failure } from '../../src/policy/failure.ts';
import type { OperationStart } from '../../src/contracts/operations.ts';
import type { ServerDeleter, ServerReader, ServerWriter } from '../../src/ports/database-servers.ts';
import type { ServerSettings } from '../../src/ports/server-settings.ts';
import type { Life } from '../engine/life.ts';
import type { Faults } from '../faults.ts';
import type { Keeping } from '../world/blob-account.ts';
import type { ProviderModel } from '../world/provider-model.ts';

const onDemandLimit = 7;

/** Seconds that an operation takes, at least and mostly at most. */
const seconds = {
  backup: [0, 3],
  restore: [1, 5],
  rule: [0, 1],
  deleteBackup: [0, 2],
  deleteServer: [0, 3],
} as const;

const running = (operation: (OperationStart & { state: 'running' })['operation']): OperationStart => ({
  state: 'running',
  operation,
});

export function serverReaderOf(
  life: Life,
  faults: Faults,
  provider: ProviderModel,
  keeping: Keeping,
): ServerReader {
  return {
    get: (id) => life.call(`get ${nameOf(id)}`, 'read', () => provider.facts(id)),
    listBackups: (id) =>
      life.call(`list backups ${nameOf(id)}`, 'read', () => {
        need(provider, id);
        if (faults.happens('partial')) throw passing('the listing of backups broke off');
        return provider.backups(id, faults.happens('stale'));
      }),
    listServers: ({ resourceGroup }) =>
      life.call(`list servers of ${resourceGroup}`, 'read', () =>
        provider
          .standing()
          .filter((id) => id.toLowerCase().includes(`/resourcegroups/${resourceGroup.toLowerCase()}/`))
          .flatMap((id) => provider.facts(id) ?? []),
      ),
    listFirewallRules: (id) =>
      life.call(`list rules ${nameOf(id)}`, 'read', () => new Map(need(provider, id).rules)),
    storageKeeping: () =>
      life.call('get blob service', 'read', () => ({
        softDelete: keeping === 'soft-delete',
        versions: keeping === 'versions',
      })),
    storageLocation: (account) =>
      life.call('get account', 'read', () => {
        const location = provider.accounts.get(account);
        if (location === undefined)
          throw new Failure('not-found', `no account ${account}`, 'Look at the id.');
        return location;
      }),
  };
}

export function serverWriterOf(life: Life, provider: ProviderModel): ServerWriter {
  return {
    beginBackup: (server, name) =>
      life.call(`BEGIN backup ${name}`, 'once', () => {
        const { backups } = need(provider, server);
        mustBeFree(provider, server);
        if (backups.some((one) => one.name === name)) throw busy();
        if (backups.filter((one) => one.kind === 'on-demand').length >= onDemandLimit)
          throw new Failure(
            'refused',
            'resource manager: the limit of on-demand backups is reached',
            'Delete one.',
          );
        provider.onEffect({ kind: 'backup', server, name });
        return running(
          provider.accept({ kind: 'backup', server, item: name }, seconds.backup, () =>
            provider.addBackup(server, name, 'on-demand'),
          ),
        );
      }),
    beginRestore: (request) => {
      const sentAt = provider.now;
      return life.call(`BEGIN restore ${nameOf(request.target)}`, 'once', () => {
        const { source, target, mode, location } = request;
        if (provider.get(target) !== undefined)
          throw new Failure('conflict', `${target} exists`, 'Choose another name.');
        if (mode === 'revive') mustBeRevivable(provider, source);
        else need(provider, source);
        provider.onEffect({ kind: 'restore', server: target, sentAt, location, mode });
        if (mode === 'revive') provider.revived.set(target, source);
        const facts = provider.provision(request);
        return running(
          provider.accept({ kind: 'restore', server: target }, seconds.restore, () => {
            if (provider.setReady(target)) provider.onRestored(request, facts);
          }),
        );
      });
    },
    beginFirewallRule: (server, rule, range) =>
      life.call(`BEGIN rule ${rule}`, 'effect', () => {
        const { rules } = need(provider, server);
        const finish = (): unknown => rules.set(rule, range);
        return running(provider.accept({ kind: 'firewall-rule', server, item: rule }, seconds.rule, finish));
      }),
    poll: (operation) => life.call(`poll ${operation.kind}`, 'read', () => provider.poll(operation)),
  };
}

/** Nothing is set to anything but its default: what is given back is another test's. */
export function serverSettingsOf(life: Life, provider: ProviderModel): ServerSettings {
  const start = (kind: 'parameter' | 'restart', server: string): Promise<OperationStart> =>
    life.call(`BEGIN ${kind}`, 'effect', () => {
      need(provider, server);
      return running(provider.accept({ kind, server }, seconds.rule, () => undefined));
    });
  return {
    listOwnParameters: (server) =>
      life.call(`list parameters ${nameOf(server)}`, 'read', () => {
        need(provider, server);
        return [];
      }),
    platformOf: (server) =>
      life.call(`get platform ${nameOf(server)}`, 'read', () => {
        need(provider, server);
        return { version: '18' };
      }),
    beginParameter: (server) => start('parameter', server),
    beginRestart: (server) => start('restart', server),
  };
}

export function serverDeleterOf(life: Life, provider: ProviderModel): ServerDeleter {
  return {
    beginDeleteBackup: (server, name) =>
      life.call(`BEGIN delete backup ${name}`, 'once', () => {
        const { backups } = need(provider, server);
        mustBeFree(provider, server);
        if (!backups.some((one) => one.name === name))
          throw new Failure('not-found', `no backup ${name}`, 'It is gone.');
        provider.onEffect({ kind: 'delete-backup', server, name });
        return running(
          provider.accept({ kind: 'delete-backup', server, item: name }, seconds.deleteBackup, () =>
            provider.changeBackups(server, (all) => all.filter((one) => one.name !== name)),
          ),
        );
      }),
    beginDeleteServer: (server) =>
      life.call(`BEGIN delete server ${nameOf(server)}`, 'once', () => {
        need(provider, server);
        provider.onEffect({ kind: 'delete-server', server });
        return running(
          provider.accept({ kind: 'delete-server', server }, seconds.deleteServer, () =>
            provider.remove(server),
          ),
        );
      }),
  };
}

function need(provider: ProviderModel, server: string): NonNullable<ReturnType<ProviderModel['get']>> {
  const found = provider.get(server);
  if (found !== undefined) return found;
  throw new Failure('not-found', `no server ${server}`, 'Look at the id.');
}

function mustBeRevivable(provider: ProviderModel, server: string): void {
  if (!provider.isRevivable(server))
    throw new Failure('not-found', `no backup of a dropped server ${server}`, 'It cannot be revived.');
}

function mustBeFree(provider: ProviderModel, server: string): void {
  if (provider.isBusy(server)) throw busy();
}

// Azure names no cause: a duplicate is answered like any other work in progress.
const busy = (): Failure => new Failure('busy', 'resource manager: ServerIsBusy', 'It passes.');
const passing = (text: string): Failure => new Failure('unavailable', text, 'It passes.');
const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
