/** What a server is set to, as the resource manager tells it, and the two starts that change it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AzureServerSettings } from '../../src/azure/server-settings.ts';
import { ResourceManager } from '../../src/azure/resource-manager.ts';
import { sourceServer } from '../support/sample-estate.ts';
import { ScriptedManager } from '../support/scripted-manager.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

let manager: ScriptedManager;
let settings: AzureServerSettings;
beforeEach(async () => {
  manager = await ScriptedManager.start();
  const credential = {
    getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  settings = new AzureServerSettings(
    new ResourceManager(manager.url, manager.url, credential),
    new VirtualWallClock(),
  );
});
afterEach(() => manager.close());

test('only parameters that were set and can be set are its own', async () => {
  const parameter = (name: string, source: string, more: object = {}) => ({
    name,
    properties: { value: '1', source, ...more },
  });
  manager.on(`GET ${sourceServer}/configurations`, {
    status: 200,
    body: {
      value: [
        parameter('work_mem', 'user-override'),
        parameter('max_connections', 'user-override', { isConfigPendingRestart: true }),
        parameter('fsync', 'system-default'),
        parameter('server_version', 'user-override', { isReadOnly: true }),
      ],
    },
  });
  expect(await settings.listOwnParameters(sourceServer)).toEqual([
    { name: 'work_mem', value: '1', isPendingRestart: false },
    { name: 'max_connections', value: '1', isPendingRestart: true },
  ]);
});

test('what it is made of is told by name, and what is not said is left out', async () => {
  manager.on(`GET ${sourceServer}`, {
    status: 200,
    body: {
      location: 'westeurope',
      sku: { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
      properties: { version: '18', storage: { storageSizeGB: 32 }, backup: { backupRetentionDays: 14 } },
    },
  });
  expect(await settings.platformOf(sourceServer)).toEqual({
    ...{ version: '18', sku: 'Standard_D2ds_v5', tier: 'GeneralPurpose' },
    ...{ storageGb: '32', backupRetentionDays: '14' },
  });
});

test('a parameter and a restart are operations once they were accepted, whatever the first look at them says', async () => {
  const statusUrl = `${manager.url}/status`;
  const accepted = { status: 202, headers: { 'azure-asyncoperation': statusUrl } };
  manager.on(`PUT ${sourceServer}/configurations/work_mem`, accepted);
  manager.on(`POST ${sourceServer}/restart`, accepted);
  manager.on('GET /status', { status: 200, body: { status: 'Failed', error: { code: 'X', message: 'x' } } });
  expect(await settings.beginParameter(sourceServer, 'work_mem', '8192')).toMatchObject({
    state: 'running',
    operation: { kind: 'parameter', item: 'work_mem', statusUrl },
  });
  expect(await settings.beginRestart(sourceServer)).toMatchObject({
    state: 'running',
    operation: { kind: 'restart', statusUrl },
  });
});

test('a listing that the provider does not give is no empty one', async () => {
  manager.on(`GET ${sourceServer}/configurations`, {
    status: 403,
    body: { error: { code: 'AuthorizationFailed', message: 'no' } },
  });
  await expect(settings.listOwnParameters(sourceServer)).rejects.toMatchObject({ code: 'access-denied' });
});
