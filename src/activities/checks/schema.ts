/** Is the schema what it was? Every object of the restored database is held against its recorded definition. */
import type { SchemaObject } from '../../policy/schema-comparison.ts';
import {
  compareObjects,
  differenceOf,
  missingObject,
  unexpectedObject,
} from '../../policy/schema-comparison.ts';
import { sequenceValueKind } from '../schema/catalogue-sql.ts';
import { describeSchema, readSchema } from '../schema/schema-document.ts';
import { answerByFindings, recordedIn, type Check, type CheckAnswer } from './check.ts';
import { Findings } from './findings.ts';

export const schemaCheck: Check = {
  id: 'schema',
  title: 'The schema is what it was',
  needsRecord: true,
  async run(context) {
    const { catalogue: schema, catalogueProblem } = recordedIn(context).fingerprint;
    if (schema === undefined)
      return noAnswer(
        catalogueProblem === undefined
          ? 'the point was taken before schemas were recorded'
          : `the schema could not be described when the point was taken: ${catalogueProblem}`,
      );
    if (!schema.isSteady) return noAnswer('the schema was altered while the point was taken');
    const findings = new Findings();
    await context.deps.databases.withSession(context.at, async (session) => {
      for await (const finding of compare(readSchema(context.deps.vault, schema), describeSchema(session)))
        findings.add(finding);
    });
    return answerByFindings(
      `${schema.objects} objects as recorded, no others, and no sequence behind`,
      'each is as recorded',
      findings.result,
      { objects: schema.objects },
    );
  },
};

const noAnswer = (why: string): CheckAnswer => ({
  status: 'inconclusive',
  expected: 'the schema as recorded with the point',
  actual: `${why}: drill another one`,
  findings: [],
  measured: {},
});

/** Goes through both descriptions at once; each is sorted and neither is held in memory. */
async function* compare(
  recorded: AsyncGenerator<SchemaObject>,
  found: AsyncGenerator<SchemaObject>,
): AsyncGenerator<string> {
  let [was, is] = [await recorded.next(), await found.next()];
  while (was.done !== true || is.done !== true) {
    const order = was.done === true ? 1 : is.done === true ? -1 : compareObjects(was.value, is.value);
    if (order === 0) {
      const difference = differenceOf(
        was.value as SchemaObject,
        is.value as SchemaObject,
        (was.value as SchemaObject).kind === sequenceValueKind,
      );
      if (difference !== undefined) yield difference;
    } else if (order < 0) yield missingObject(was.value as SchemaObject);
    else yield unexpectedObject(is.value as SchemaObject);
    if (order <= 0) was = await recorded.next();
    if (order >= 0) is = await found.next();
  }
}
