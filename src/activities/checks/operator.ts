/** The operator's own SQL checks of a database: each a query with the one value that it must return. */
import { DatabaseError, isBrokenOff } from '../../ports/database.ts';
import { answerByFindings, type Check } from './check.ts';

export const operatorCheck: Check = {
  id: 'operator',
  title: "The operator's own checks hold",
  async run({ deps, at, database }) {
    const findings = await deps.databases.withSession(at, async (session) => {
      await session.query('SET default_transaction_read_only = on');
      const wrong: string[] = [];
      for (const { name, sql, expect } of database.checks) {
        try {
          const [row] = await session.query(sql);
          const value = row === undefined ? 'no row' : (Object.values(row)[0] ?? 'null');
          if (value !== expect) wrong.push(`${name}: expected ${expect}, found ${value.slice(0, 40)}`);
        } catch (thrown) {
          // A condition that passes (shutdown, deadlock) or a query that takes too long says nothing about the data.
          if (!(thrown instanceof DatabaseError) || thrown.retryable || isBrokenOff(thrown)) throw thrown;
          wrong.push(`${name}: ${thrown.message}`);
        }
      }
      return wrong;
    });
    return answerByFindings(
      `${database.checks.length} checks hold: ${database.checks.map((one) => one.name).join(', ')}`,
      'each holds',
      findings,
      { checks: database.checks.length },
    );
  },
};
