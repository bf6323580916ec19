/** A small estate for tests: one shop with a database and a blob store in each of two regions. */
import { readEstate, type Estate } from '../../src/contracts/estate.ts';

export const subscription = '8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f';
export const region = 'westeurope';
export const scope = { system: 'shop', region } as const;
export const drillGroup = 'rg-drills-westeurope';

/** The resource id of a server. */
export const serverId = (group: string, name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

export const sourceServer = serverId('rg-shop-westeurope', 'shop-westeurope');
export const storageAccount = (of: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg-shop-${of}/providers/Microsoft.Storage/storageAccounts/shop${of}`;
export const operatorSql = 'SELECT count(*) FROM shop.item WHERE name IS NULL';
export const referencedTable = 'shop.item';
export const referencedColumn = 'content';

/** `geo`: everything is replicated into another region, in which a drill may restore. */
export interface SampleOptions {
  readonly geo?: boolean;
  /** An application that drills point at what they restored. */
  readonly smoke?: boolean;
  /** What a cutover to a restored server does. */
  readonly cutover?: boolean;
}

/** Where the application of the sample answers. */
export const smokePaths = { ready: '/ready', nameless: '/nameless' } as const;

const smokeYaml = `, smoke: { start: "https://app.example/start", stop: "https://app.example/stop",
            application: "https://app.example/", ready: ${smokePaths.ready},
            requests: [{ name: every item has a name, path: ${smokePaths.nameless}, json: { pointer: /count, equals: 0 } }] }`;

/** The statements of the sample's cutover. */
export const holdWrites = 'ALTER DATABASE shop SET default_transaction_read_only = on';
export const letWrites = 'ALTER DATABASE shop RESET default_transaction_read_only';
export const hookAddress = 'https://app.example/point';

const cutoverYaml = `, cutover: [
            { id: hold-writes, kind: sql, database: main, on: source, over: "${holdWrites}", back: "${letWrites}" },
            { id: application, kind: http, database: main,
              over: { url: "${hookAddress}", body: { host: "{host}", server: "{server}" }, authentication: { scope: "api://shop/.default" } },
              back: { url: "${hookAddress}", body: { host: "{sourceHost}", server: "{source}" } } },
            { id: banner, kind: http, database: main, over: { method: PUT, url: "https://app.example/banner/{cutover}" },
              back: { method: DELETE, url: "https://app.example/banner/{cutover}" } }]`;

/** Where the regions of the sample are replicated. */
export const pairedRegions: Readonly<Record<string, string>> = {
  westeurope: 'northeurope',
  eastus: 'westus',
};

const regionYaml = (
  of: string,
  mode: string,
  { geo = false, smoke = false, cutover = false }: SampleOptions,
): string => `
      - region: ${of}
        databases:
          - { id: main, server: "${serverId(`rg-shop-${of}`, `shop-${of}`)}", name: shop, redundancy: ${geo ? 'geo' : 'zone'}, fingerprint: ${mode},
              checks: [{ name: every item has a name, sql: "${operatorSql}", expect: "0" }] }
        blobStores:
          - { id: files, account: "https://shop${of}.blob.example", accountId: "${storageAccount(of)}", container: files,
              algorithm: sha256, layout: "{0:2}/{digest}", redundancy: ${geo ? 'geo' : 'zone'},
              references: [{ database: main, table: ${referencedTable}, column: ${referencedColumn}, encoding: hex }] }
        drill: { resourceGroup: rg-drills-${of}${geo ? `, pairedRegion: ${pairedRegions[of]}` : ''}, allowedAddresses: [{ start: 10.0.0.1, end: 10.0.0.9 }]${smoke ? smokeYaml : ''} }
        restore: { resourceGroup: rg-restored-${of}, allowedAddresses: [{ start: 10.0.1.1, end: 10.0.1.9 }]${cutover ? cutoverYaml : ''} }`;

/** The estate; `mode` is the fingerprint's. */
export function sampleEstate(mode: 'exact' | 'bracketed' = 'exact', options: SampleOptions = {}): Estate {
  const yaml = `
version: 1
price: { currency: EUR, restoredServerPerHour: 0.2 }
systems:
  - id: shop
    name: Shop
    owner: Shop team
    criticality: high
    objectives: { rpo: PT24H, rto: PT4H, approvedBy: Head of Shop, approvedAt: "2026-01-15T09:00:00Z" }
    retention: { brake: { fraction: 1, contentFraction: 1 } }
    scrub: { cycle: P1D }
    schedules:
      snapshot: { cron: "0 30 1 * * *", timeZone: UTC, lateAfter: PT2H }
      drill: { cron: "0 0 4 * * *", timeZone: UTC, lateAfter: PT4H }
    regions:${regionYaml('westeurope', mode, options)}${regionYaml('eastus', mode, options)}
`;
  return readEstate(yaml, 'sample estate');
}
