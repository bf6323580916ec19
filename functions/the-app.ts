/** The composed app that every function of this process shares; a wrong setting keeps the app from starting. */
import * as df from 'durable-functions';
import { composeApp } from '../src/app/compose.ts';

export const theApp = composeApp(process.env);

for (const activity of theApp.activities) {
  df.app.activity(activity.name, {
    handler: (input: unknown, context) => activity.run(input, instanceOf(context.triggerMetadata)),
  });
}

/** The orchestration that calls an activity, as the host tells it. */
function instanceOf(metadata: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const instance = metadata?.['instanceId'];
  return typeof instance === 'string' ? instance : undefined;
}
