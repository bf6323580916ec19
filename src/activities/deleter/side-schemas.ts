/** Drops the side schema of a cancelled restore: only one whose mark says that it is certainly that restore's own. */
import type { OperationStart } from '../../contracts/operations.ts';
import { removeSideSchema } from '../../contracts/restore-tables.ts';
import { removeSideSchemaSql, sideSchemaMark } from '../../policy/side-schema.ts';
import { implement, type Activity } from '../activity.ts';
import { auditAbsence, auditedOperation } from '../audited-operation.ts';
import type { Dependencies } from '../dependencies.ts';
import { enterLedger } from '../records.ts';
import { inSource, markOf, mustBeOurs, sourceAddress, tableRestore } from '../side-schema/here.ts';
import { bury } from './marks.ts';

export function removeSideSchemaActivity(deps: Dependencies): Activity {
  return implement(removeSideSchema, async (on): Promise<OperationStart> => {
    const of = await tableRestore(deps, on);
    const { schema } = of.tables;
    const item = `${of.plan.targets[0]?.source ?? ''}/${of.database}/${schema}`;
    const entry = { item, kind: 'side-schema' as const, reason: `${of.restore} was cancelled` };
    const entered = { action: 'delete-side-schema', target: item };
    const at = await sourceAddress(deps, of);
    return deps.databases.withSession(at, async (session) => {
      const mark = await markOf(session, schema);
      if (mark === undefined) {
        await enterLedger(deps, of.scope, { ...entry, stage: 'confirmed-absent' });
        await auditAbsence(deps, of.scope, entered);
        return { state: 'done', detail: 'absent' };
      }
      if (mark !== sideSchemaMark(of.restore, of.digest)) {
        const reason = `it is not marked as made by ${of.restore}`;
        await enterLedger(deps, of.scope, { ...entry, stage: 'refused', reason });
        return { state: 'failed', code: 'RemovalRefused', message: `${schema} is left standing: ${reason}` };
      }
      await enterLedger(deps, of.scope, { ...entry, stage: 'intent' });
      const action = { ...entered, reason: entry.reason, detail: { run: of.restore } };
      return auditedOperation(deps, of.scope, action, async () => {
        await bury(deps, of.scope, entry, false);
        await inSource(session, of, async () => {
          await mustBeOurs(session, of);
          await session.query(removeSideSchemaSql(schema));
        });
        await enterLedger(deps, of.scope, { ...entry, stage: 'confirmed-absent' });
        await bury(deps, of.scope, entry, true);
        return { state: 'done', detail: 'removed' };
      });
    });
  });
}
