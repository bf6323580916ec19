/**
 * The long-running operations. An operation is on disk before its caller hears of it; its work can be done again from
 * the beginning, so that a stand-in that was killed picks it up where the record says `InProgress`. While it runs its
 * server is busy.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RestoreFailure } from '../postgres/restore.ts';
import type { Context } from './context.ts';
import { OperationFailure } from './errors.ts';
import type { OperationFault, OperationRecord, ServerRecord, Task } from './model.ts';
import { serverKey } from './state-store.ts';

/** Does the work of an operation; throwing fails it. */
export type TaskRunner = (context: Context, server: ServerRecord, task: Task) => Promise<void>;

/** Undoes what an operation that failed before or in its work left behind. */
export type TaskCleaner = (context: Context, server: ServerRecord, task: Task) => Promise<void>;

/** Accepts operations and runs them in the background. */
export class Operations {
  private readonly context: Context;
  private readonly run: TaskRunner;
  private readonly cleanUp: TaskCleaner;
  private closing = false;

  constructor(context: Context, run: TaskRunner, cleanUp: TaskCleaner) {
    this.context = context;
    this.run = run;
    this.cleanUp = cleanUp;
  }

  /** Records an operation on a server and starts it; the server must be in the store. */
  accept(server: ServerRecord, task: Task, fault: OperationFault | undefined): OperationRecord {
    const operation: OperationRecord = {
      id: randomUUID(),
      serverKey: serverKey(server.resourceGroup, server.name),
      startTime: new Date().toISOString(),
      task,
      status: 'InProgress',
      ...(fault === undefined ? {} : { fault }),
    };
    const { store } = this.context;
    // A refused task does nothing to the server, which may be busy with something else.
    if (task.kind !== 'refuse') server.busyWith = operation.id;
    if (task.kind === 'restore-server') store.noteEffect('restore-started', server.name);
    store.addOperation(operation);
    store.save();
    this.begin(operation);
    return operation;
  }

  /** Starts again every operation that a previous process left unfinished. */
  resume(): void {
    for (const operation of Object.values(this.context.store.state.operations)) {
      if (operation.status === 'InProgress') this.begin(operation);
    }
  }

  /** Fails every operation that was made to never end. */
  async release(): Promise<void> {
    const { store } = this.context;
    for (const operation of Object.values(store.state.operations)) {
      if (operation.status !== 'InProgress' || operation.fault?.operationNeverEnds !== true) continue;
      const server = store.server(operation.serverKey);
      if (server !== undefined && operation.task !== undefined)
        await this.cleanUp(this.context, server, operation.task);
      this.finish(operation, { code: 'OperationPreempted', message: 'The operation was given up.' });
    }
  }

  /** From now on an operation that breaks off stays `InProgress` on disk, for the next process. */
  close(): void {
    this.closing = true;
  }

  private begin(operation: OperationRecord): void {
    void this.perform(operation).catch((error: Error) => {
      this.context.log(`Operation ${operation.id} could not be recorded: ${error.message}`);
    });
  }

  private async perform(operation: OperationRecord): Promise<void> {
    if (operation.fault?.operationNeverEnds === true) return;
    const started = performance.now();
    const error = await this.attempt(operation);
    await delay(Math.max(0, this.context.config.timing.minOperationMs - (performance.now() - started)));
    if (!this.closing) this.finish(operation, error);
  }

  private async attempt(operation: OperationRecord): Promise<OperationRecord['error']> {
    const server = this.context.store.server(operation.serverKey);
    const { task, fault } = operation;
    if (server === undefined || task === undefined)
      return { code: 'ResourceNotFound', message: 'The server is gone.' };
    try {
      if (fault?.operationDelayMs !== undefined) await delay(fault.operationDelayMs);
      if (fault?.operationError !== undefined) {
        throw new OperationFailure(fault.operationError.code, fault.operationError.message);
      }
      await this.run(this.context, server, task);
      if (fault?.afterwards !== undefined) await this.tamper(server, fault.afterwards);
      return undefined;
    } catch (error) {
      if (this.closing) return undefined;
      const failure = describe(error);
      this.context.log(`${task.kind} of ${server.name} failed: ${failure.code}: ${failure.message}`);
      await this.cleanUp(this.context, server, task).catch((problem: Error) => {
        this.context.log(`Clean-up after ${task.kind} of ${server.name} failed: ${problem.message}`);
      });
      return failure;
    }
  }

  private async tamper(
    server: ServerRecord,
    { database, sql }: NonNullable<OperationFault['afterwards']>,
  ): Promise<void> {
    await this.context.clusters
      .running(server)
      .withSession((client) => client.query(sql).then(() => undefined), database);
  }

  private finish(operation: OperationRecord, error: OperationRecord['error']): void {
    const { store } = this.context;
    operation.status = error === undefined ? 'Succeeded' : 'Failed';
    operation.endTime = new Date().toISOString();
    if (error !== undefined) {
      operation.error = error;
      store.noteEffect('operation-failed', operation.serverKey, operation.task?.kind);
    }
    delete operation.task;
    const server = store.server(operation.serverKey);
    if (server?.busyWith === operation.id) delete server.busyWith;
    store.save();
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof OperationFailure) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof RestoreFailure ? 'RestoreFailed' : 'InternalServerError', message };
}
