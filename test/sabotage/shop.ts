/** The shop whose drills are sabotaged: every kind of object, an event log, signed change records, references to blobs. */
import { createHash } from 'node:crypto';
import type { Estate } from '../../src/contracts/estate.ts';
import { issue, issueList, pemOf, signerOf } from '../activities/change-records/authority.ts';
import { signLog, sourceOf, type LogRow } from '../activities/change-records/log.ts';
import { sampleEstate } from '../support/sample-estate.ts';

export const contents = ['one', 'two', 'three'];
export const hexOf = (content: string): string => createHash('sha256').update(content).digest('hex');
export const hooks = 'https://ops.example';
export const events = 200;
export const records = 12;

const items = contents.map((one, n) => `(${n}, 'item', '${hexOf(one)}')`).join(', ');
const event = (n: string): string => `sha256((${n})::text::bytea)`;

/** Everything but the change records. */
export const shopSql = `
  CREATE ROLE shop_clerk LOGIN;
  CREATE SCHEMA shop;
  CREATE TYPE shop.state AS ENUM ('open', 'done');
  CREATE TABLE shop.item (id int PRIMARY KEY, name text, content text);
  CREATE TABLE shop.orders (id int PRIMARY KEY, item int REFERENCES shop.item, amount int DEFAULT 1 CHECK (amount >= 0));
  CREATE TABLE shop.monday (id int PRIMARY KEY, note text);
  CREATE TABLE shop.tuesday (id int PRIMARY KEY, note text);
  CREATE TABLE shop.job (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state shop.state NOT NULL DEFAULT 'open', at timestamptz);
  CREATE TABLE shop.log (sequence bigint, at timestamptz NOT NULL, previous bytea, hash bytea NOT NULL);
  CREATE TABLE shop.change_record (sequence bigint, jws text, object text, operation text, at timestamptz, hash bytea);
  INSERT INTO shop.item VALUES ${items};
  INSERT INTO shop.orders SELECT n, n % 3, n FROM generate_series(1, 500) n;
  INSERT INTO shop.monday SELECT n, 'monday ' || n FROM generate_series(1, 20) n;
  INSERT INTO shop.tuesday SELECT n, 'tuesday ' || n FROM generate_series(1, 20) n;
  INSERT INTO shop.job (at) SELECT now() FROM generate_series(1, 50);
  INSERT INTO shop.log SELECT n, '2026-01-01'::timestamptz + n * interval '1 second', ${event('n - 1')}, ${event('n')}
    FROM generate_series(1, ${events}) n;
  CREATE INDEX orders_amount ON shop.orders (amount);
  CREATE INDEX orders_item ON shop.orders (item);
  CREATE VIEW shop.open_job AS SELECT id FROM shop.job WHERE state = 'open';
  CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := now(); RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON shop.job FOR EACH ROW EXECUTE FUNCTION shop.touch();
  ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON shop.orders USING (amount > 0);
  GRANT SELECT ON shop.item TO shop_clerk`;

/** A log that a device signed, and rows that only somebody else could have signed. */
export interface SignedShop {
  readonly estate: Estate;
  readonly log: readonly LogRow[];
  /** The last row signed by a device whose certificate had expired, was revoked, or is of another authority. */
  readonly last: Readonly<Record<'expired' | 'revoked' | 'foreign', LogRow>>;
}

const day = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

/** Signs the log of the days before `now`, and names everything in the estate. */
export async function signShop(now: number): Promise<SignedShop> {
  const period = { notBefore: iso(now - 300 * day), notAfter: iso(now + 300 * day) };
  const anchor = await issue('Anchor', { ...period, isAuthority: true, pathLength: 1 });
  const authority = await issue('Devices', { ...period, issuer: anchor, isAuthority: true, pathLength: 0 });
  const stranger = await issue('Strangers', { ...period, isAuthority: true, pathLength: 0 });
  const device = await issue('device', { ...period, issuer: authority });
  const expired = await issue('expired', { ...period, notAfter: iso(now - 30 * day), issuer: authority });
  const revoked = await issue('revoked', { ...period, issuer: authority });
  const foreign = await issue('foreign', { ...period, issuer: stranger });
  const fresh = { thisUpdate: iso(now - day), nextUpdate: iso(now + 30 * day) };
  const lists = [
    await issueList(anchor, fresh),
    await issueList(authority, { ...fresh, revoked: [{ of: revoked, at: iso(now - 20 * day) }] }),
  ];
  const changes = Array.from({ length: records }, (_, index) => ({
    ...{ object: `o${index}`, operation: 'create' as const },
    at: iso(now - (records - index) * 3_600_000),
  }));
  const log = signLog(await signerOf(device, authority), changes);
  const last = async (by: typeof device, of = authority): Promise<LogRow> =>
    signLog(await signerOf(by, of), changes.slice(-1), log.slice(0, -1)).at(-1)!;
  return {
    estate: estateOf(sourceOf([pemOf(anchor)], lists)),
    log,
    last: {
      expired: await last(expired),
      revoked: await last(revoked),
      foreign: await last(foreign, stranger),
    },
  };
}

function estateOf(changeRecords: ReturnType<typeof sourceOf>): Estate {
  const estate = structuredClone(sampleEstate());
  const [system] = estate.systems;
  const [region] = system!.regions;
  region!.blobStores[0]!.changeRecords = changeRecords;
  region!.databases[0]!.eventLog = {
    table: 'shop.log',
    columns: { sequence: 'sequence', at: 'at', hash: 'hash', previousHash: 'previous' },
  };
  system!.deadlines = { ...system!.deadlines, restore: 'PT1H', removal: 'PT1H' };
  region!.drill.smoke = {
    ...{ start: `${hooks}/start`, stop: `${hooks}/stop`, application: `${hooks}/app`, ready: '/' },
    readyWithin: 'PT1S',
    requests: [{ name: 'it sells', path: '/items', status: 200, json: { pointer: '/count', equals: 3 } }],
  };
  return estate;
}

/** Puts rows into the table of the change records. */
export const insertRecords = (rows: readonly LogRow[]): string => `
  INSERT INTO shop.change_record SELECT sequence, jws, object, operation, at, decode(hash, 'hex')
  FROM jsonb_to_recordset('${JSON.stringify(rows)}') AS row (sequence bigint, jws text, object text, operation text, at timestamptz, hash text)`;
