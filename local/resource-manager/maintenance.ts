/**
 * What the provider does by itself: daily automatic backups (caught up at the start when the last is too old), expiry
 * of backups with the server's retention, pruning of WAL that no backup needs, and the end of deleted servers.
 */
import { rm } from 'node:fs/promises';
import { automaticBackupIsDue, expiredBackups } from './backup-retention.ts';
import { pruneWal, removeBackup, takeBackup } from './backups.ts';
import { serverDir, type Context } from './context.ts';
import type { ServerRecord } from './model.ts';

const droppedServersHeldMs = 5 * 86_400_000;

/** Runs the provider's own upkeep from time to time. */
export class Maintenance {
  private readonly context: Context;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  constructor(context: Context) {
    this.context = context;
  }

  /** Begins with a round at once. */
  start(): void {
    this.timer = setInterval(() => void this.run(), this.context.config.timing.maintenanceEveryMs);
    void this.run();
  }

  /** Runs one round after any that is under way. */
  run(): Promise<void> {
    this.round = this.round.then(() => this.once());
    return this.round;
  }

  /** Starts no further round. */
  stop(): void {
    clearInterval(this.timer);
  }

  private async once(): Promise<void> {
    for (const server of Object.values(this.context.store.state.servers)) {
      // A server in the middle of an operation is looked at in the next round.
      if (server.state !== 'Ready' || server.busyWith !== undefined) continue;
      await this.keepUp(server).catch((error: Error) => {
        this.context.log(`Upkeep of ${server.name} failed: ${error.message}`);
      });
    }
    await this.forgetDropped();
  }

  private async keepUp(server: ServerRecord): Promise<void> {
    const now = new Date();
    if (automaticBackupIsDue(server, now, this.context.config.timing))
      await takeBackup(this.context, server, 'Full');
    const expired = expiredBackups(server, now);
    for (const backup of expired) await removeBackup(this.context, server, backup.name, 'backup-expired');
    if (expired.length > 0) await pruneWal(this.context, server);
  }

  private async forgetDropped(): Promise<void> {
    const { store, config } = this.context;
    const limit = Date.now() - droppedServersHeldMs;
    const over = store.state.dropped.filter((server) => Date.parse(server.droppedAt ?? '') < limit);
    if (over.length === 0) return;
    for (const server of over) await rm(serverDir(config, server), { recursive: true, force: true });
    store.state.dropped = store.state.dropped.filter((server) => !over.includes(server));
    store.save();
  }
}
