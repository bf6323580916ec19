import { describe, expect, test } from 'vitest';
import { readSettings } from '../../src/app/settings.ts';
import { Failure } from '../../src/policy/failure.ts';

const least = {
  LIFEBOAT_REGION: 'westeurope',
  LIFEBOAT_VAULT_URL: 'https://vault.blob.core.windows.net/lifeboat',
  LIFEBOAT_CHECKPOINTS_URL: 'https://audit.blob.core.windows.net/checkpoints',
  LIFEBOAT_DATABASE_ROLE: 'lifeboat',
  LIFEBOAT_SIGNING_KEY: 'https://vault.example/keys/reports',
  LIFEBOAT_API_TENANT: '11111111-1111-4111-8111-111111111111',
  LIFEBOAT_API_AUDIENCE: '22222222-2222-4222-8222-222222222222',
};

describe('the settings', () => {
  test('have defaults for Azure’s public cloud', () => {
    expect(readSettings(least)).toMatchObject({
      estateFile: 'estate.yaml',
      resourceManagerUrl: 'https://management.azure.com',
      resourceManagerAudience: 'https://management.azure.com',
      signingAudience: 'https://vault.azure.net',
      clientId: undefined,
      api: { authority: 'https://login.microsoftonline.com' },
    });
  });

  test('take the audience of tokens from the resource manager unless it is named', () => {
    const url = { LIFEBOAT_RESOURCE_MANAGER_URL: 'https://management.example' };
    expect(readSettings({ ...least, ...url }).resourceManagerAudience).toBe('https://management.example');
    const named = { ...url, LIFEBOAT_RESOURCE_MANAGER_AUDIENCE: 'https://audience.example' };
    expect(readSettings({ ...least, ...named }).resourceManagerAudience).toBe('https://audience.example');
  });

  test('that are wrong are named all at once, without their values', () => {
    const read = (): unknown =>
      readSettings({
        LIFEBOAT_REGION: 'West Europe',
        LIFEBOAT_VAULT_URL: 'http://secret@vault',
        LIFEBOAT_DATABASE_ROLE: '',
      });
    expect(read).toThrow(Failure);
    expect(read).toThrow(
      /LIFEBOAT_REGION: .*\n.*LIFEBOAT_VAULT_URL: must be an https.*\n.*LIFEBOAT_CHECKPOINTS_URL: .*\n.*LIFEBOAT_SIGNING_KEY: .*\n.*LIFEBOAT_DATABASE_ROLE: .*\n.*LIFEBOAT_API_TENANT: .*GUID\n.*LIFEBOAT_API_AUDIENCE: /,
    );
    expect(read).not.toThrow(/secret/);
  });

  test.each(['', '/'])('keep the checkpoints out of the vault, however it is written: %s', (end) => {
    const url = `${least.LIFEBOAT_VAULT_URL.replace('vault', 'VAULT')}${end}`;
    expect(() => readSettings({ ...least, LIFEBOAT_CHECKPOINTS_URL: url })).toThrow(
      /LIFEBOAT_CHECKPOINTS_URL: must be another container/,
    );
  });

  test.each(Object.keys(least))('need %s', (name) => {
    expect(() => readSettings({ ...least, [name]: undefined })).toThrow(name);
  });
});
