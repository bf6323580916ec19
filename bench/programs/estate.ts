/** The estate of the shipped scan's measurement: one system with one store, as an estate file describes it. */
import { estateSchema, type Estate } from '../../src/contracts/estate.ts';
import { layout } from '../layout.ts';
import type { ScanOrder } from './arguments.ts';

export const region = 'westeurope';
export const scope = { system: 'shop', region } as const;
export const storeId = 'files';
export const databaseId = 'main';

const group = '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/shop/providers';
export const serverId = `${group}/Microsoft.DBforPostgreSQL/flexibleServers/shop`;

/**
 * The estate with the store where the order says; an estate file would ask for https. Its checks are left out: they cost
 * more than the rest of the start, and are of the process, not of the scan.
 */
export function estateOf({ account, container, concurrency }: ScanOrder): Estate {
  const estate = estateSchema.parse(estateWith(concurrency));
  return {
    ...estate,
    systems: estate.systems.map((system) => ({
      ...system,
      regions: system.regions.map((one) => ({
        ...one,
        blobStores: one.blobStores.map((store) => ({ ...store, account, container })),
      })),
    })),
  };
}

const schedule = (cron: string, lateAfter: string): object => ({ cron, timeZone: 'UTC', lateAfter });
const reference = { database: databaseId, table: 'shop.item', column: 'content', encoding: 'hex' };

const estateWith = (concurrency: number): object => ({
  version: 1,
  price: { currency: 'EUR', restoredServerPerHour: 0.2 },
  systems: [
    {
      ...{ id: scope.system, name: 'Shop', owner: 'Shop team', criticality: 'high', retention: {} },
      objectives: {
        ...{ rpo: 'PT24H', rto: 'PT4H' },
        ...{ approvedBy: 'Head of Shop', approvedAt: '2026-01-15T09:00:00Z' },
      },
      scrub: { cycle: 'P30D', concurrency },
      schedules: { snapshot: schedule('0 30 1 * * *', 'PT2H'), drill: schedule('0 0 4 * * *', 'PT4H') },
      regions: [
        {
          region,
          databases: [{ id: databaseId, server: serverId, name: 'shop', redundancy: 'zone' }],
          blobStores: [
            {
              ...{ id: storeId, account: 'https://shop.blob.core.windows.net', container: 'files' },
              accountId: `${group}/Microsoft.Storage/storageAccounts/shop`,
              ...{ algorithm: layout.algorithm, layout: layout.template, redundancy: 'zone' },
              references: [reference],
            },
          ],
          drill: {
            resourceGroup: 'shop-drills',
            allowedAddresses: [{ start: '10.0.0.1', end: '10.0.0.9' }],
          },
        },
      ],
    },
  ],
});
