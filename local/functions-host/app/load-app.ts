/**
 * Loads a built app: package.json names the entry (`main`, one file or a pattern), which registers functions while
 * it is imported. An app that cannot be read, throws while loading or registers nothing is a failed start.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExitCode, HostFailure, messageOf, stackOf } from '../host-failure.ts';
import type { Logger } from '../log.ts';
import type { FunctionApp } from './function-app.ts';
import { FunctionsCore } from './functions-core.ts';
import { invokeFunction } from './invoke-function.ts';
import { installFunctionsCore } from './module-hook.ts';
import type { ProgrammingModel } from './programming-model.ts';

/** What the worker offers; the library adds its own. */
const WORKER_CAPABILITIES = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
};

/** Loads the app in `appDir`. One app per process: Node keeps modules for good. */
export async function loadApp(appDir: string, log: Logger): Promise<FunctionApp> {
  const core = new FunctionsCore(log);
  const uninstall = installFunctionsCore(core.api());
  try {
    await importEntries(appDir);
    await core.runHooks('appStart', {
      functionAppDirectory: appDir,
      hookData: core.hookData.appLevel,
      appHookData: core.hookData.app,
    });
    return await finishLoading(core, appDir, log, uninstall);
  } catch (error) {
    uninstall();
    if (error instanceof HostFailure) throw error;
    log('debug', stackOf(error));
    const message = `The app in ${appDir} failed while it was loaded: ${messageOf(error)} (run with --log-level debug for the stack).`;
    throw new HostFailure(ExitCode.appFailed, message, { cause: error });
  }
}

async function finishLoading(
  core: FunctionsCore,
  appDir: string,
  log: Logger,
  uninstall: () => void,
): Promise<FunctionApp> {
  const { model } = core;
  if (model === undefined || core.functions.size === 0) {
    throw new HostFailure(
      ExitCode.appFailed,
      `The app in ${appDir} registered no function. Check that package.json "main" names the built entry and that it registers functions with @azure/functions.`,
    );
  }
  const capabilities = { ...WORKER_CAPABILITIES };
  const agreed = (await model.getCapabilities?.(capabilities)) ?? capabilities;
  core.close();
  return toFunctionApp(core, model, agreed, log, uninstall);
}

function toFunctionApp(
  core: FunctionsCore,
  model: ProgrammingModel,
  capabilities: Record<string, string>,
  log: Logger,
  uninstall: () => void,
): FunctionApp {
  return {
    functions: [...core.functions.values()],
    capabilities,
    invoke: (target, invocation) => invokeFunction(core, model, log, target, invocation),
    async terminate() {
      await core.runHooks('appTerminate', {
        hookData: core.hookData.appLevel,
        appHookData: core.hookData.app,
      });
      uninstall();
    },
  };
}

async function importEntries(appDir: string): Promise<void> {
  const { main, type } = readPackage(appDir);
  const entries = fs.globSync(main, { cwd: appDir }).toSorted();
  if (entries.length === 0) {
    throw new HostFailure(
      ExitCode.appFailed,
      `No file matches "main": "${main}" of ${appDir}/package.json. Build the app first.`,
    );
  }
  const require = createRequire(path.join(appDir, 'package.json'));
  for (const entry of entries) {
    const file = path.join(appDir, entry);
    const isModule = entry.endsWith('.mjs') || (type === 'module' && !entry.endsWith('.cjs'));
    if (isModule) await import(pathToFileURL(file).href);
    else require(file);
  }
}

function readPackage(appDir: string): { main: string; type: string | undefined } {
  const file = path.join(appDir, 'package.json');
  const content = readJsonObject(file);
  if (typeof content['main'] !== 'string') {
    throw new HostFailure(
      ExitCode.appFailed,
      `${file} has no "main". Name the built entry of the app there, for example "dist/app.mjs".`,
    );
  }
  return { main: content['main'], type: typeof content['type'] === 'string' ? content['type'] : undefined };
}

/** Reads a JSON object from a file of the app; throws HostFailure naming the file. */
export function readJsonObject(file: string): Record<string, unknown> {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new HostFailure(
      ExitCode.appFailed,
      `${file} cannot be read (${messageOf(error)}). An app folder holds host.json and package.json.`,
      { cause: error },
    );
  }
}
