/** The integrity scan: its orchestrations. */
import * as df from 'durable-functions';
import { integrityScan, scanContract } from '../src/workflows/integrity-scan.ts';
import { scanShard, scanShardContract } from '../src/workflows/scan-shard.ts';
import { scanStore, scanStoreContract } from '../src/workflows/scan-store.ts';
import { scanStores, scanStoresContract } from '../src/workflows/scan-stores.ts';

df.app.orchestration(scanContract.name, integrityScan);
df.app.orchestration(scanStoresContract.name, scanStores);
df.app.orchestration(scanStoreContract.name, scanStore);
df.app.orchestration(scanShardContract.name, scanShard);
