/**
 * The host's command line. Output rules: stdout carries exactly one line, `READY {json}`, once the host serves;
 * everything else goes to stderr, one line per entry. Expected failures are one line and an exit code (usage 64,
 * port in use 69, app failed 70, state in use 75).
 */
import { parseArgs } from 'node:util';
import { startHost, type Host, type HostOptions } from './host.ts';
import { ExitCode, HostFailure, stackOf } from './host-failure.ts';
import { createLineLogger, parseLogLevel, type Logger } from './log.ts';

const USAGE = `Usage: node local/functions-host/main.ts --app <dir> --state <dir> [options]
  --app <dir>          folder with host.json, package.json and the built app
  --state <dir>        folder for keys and the task hub, created if missing
  --port <n>           port to listen on (7071; 0 takes a free one)
  --log-level <level>  trace, debug, information, warning, error, critical or none (information)
  --no-timers          timer functions run only when asked for over /admin/functions/<name>
  --help               this text`;

function parseCommandLine(): HostOptions & { logger: Logger } {
  const { values } = parseArguments();
  if (values.help === true) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const port = Number(values.port ?? 7071);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw usageFailure(`--port ${values.port} is not a port (0 to 65535).`);
  const level = parseLogLevel(values['log-level'] ?? 'information');
  if (level === undefined) throw usageFailure(`--log-level ${values['log-level']} is not a level.`);
  if (values.app === undefined || values.state === undefined)
    throw usageFailure('--app and --state are needed.');
  const logger = createLineLogger(level, (line) => process.stderr.write(line));
  return { appDir: values.app, stateDir: values.state, port, logger, timers: values['no-timers'] !== true };
}

function parseArguments() {
  try {
    return parseArgs({
      options: {
        app: { type: 'string' },
        state: { type: 'string' },
        port: { type: 'string' },
        'log-level': { type: 'string' },
        'no-timers': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usageFailure(error instanceof Error ? error.message : String(error));
  }
}

function usageFailure(message: string): HostFailure {
  return new HostFailure(ExitCode.usage, `${message} Run with --help for the options.`);
}

/** The first signal stops in order; a second one at once. */
function stopOnSignals(host: Host, logger: Logger): void {
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) process.exit(130);
    isStopping = true;
    logger('information', `Stopping (${signal}): running activities may finish within 10 s.`);
    try {
      await host.stop();
      process.exit(0);
    } catch (error) {
      logger('error', `Stopping failed: ${stackOf(error)}`);
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal));
}

async function main(): Promise<void> {
  const options = parseCommandLine();
  // One function's stray rejection must not take down the others; on Azure the worker would be restarted.
  process.on('unhandledRejection', (reason) =>
    options.logger('error', `Unhandled rejection: ${stackOf(reason)}`),
  );
  const host = await startHost(options);
  stopOnSignals(host, options.logger);
  process.stdout.write(`READY ${JSON.stringify({ url: host.url, functions: host.app.functions.length })}\n`);
}

try {
  await main();
} catch (error) {
  const line =
    error instanceof HostFailure ? error.message : `The host failed unexpectedly: ${stackOf(error)}`;
  process.stderr.write(`${line}\n`);
  process.exit(error instanceof HostFailure ? error.exitCode : 1);
}
