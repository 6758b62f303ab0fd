// What a system is started with: options in code, under a file, under the environment, made one. What they may be stands in
// `settings-schema.ts`.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFAULT_LIMITS, resolveLimits } from '../actor/mailbox-limits.ts';
import { TroupeError } from '../errors.ts';
import { nameOfTransport, type TransportSetting } from '../transport/load-transport.ts';
import { milliseconds } from '../units.ts';
import { DEFAULT_LAG } from './actor-process.ts';
import { readEnvironment } from './environment.ts';
import { checkOptions, NESTED_OPTIONS } from './settings-schema.ts';
import type { Settings, SystemOptions } from './system-options.ts';

const FILES = ['troupe.config.json', 'troupe.config.mjs'];

/** Reads and checks everything. Throws TROUPE_CONFIGURATION with the place of the mistake and what was expected. */
export async function loadSettings(
  options: SystemOptions,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<Settings> {
  const inCode = checkOptions(options, 'createSystem');
  const fileName = FILES.find((name) => existsSync(resolve(directory, name)));
  const inFile =
    fileName === undefined ? {} : checkOptions(await readConfigFile(resolve(directory, fileName)), fileName);
  const inEnvironment = checkOptions(readEnvironment(environment), 'environment');
  return resolveSettings(merged([inCode, inFile, inEnvironment]));
}

/** Options of a later source go before those of an earlier one; so do the parts of those that are objects. */
function merged(sources: readonly SystemOptions[]): SystemOptions {
  const nested = NESTED_OPTIONS.map((name) => [
    name,
    Object.assign({}, ...sources.map((source) => source[name])) as unknown,
  ]);
  return Object.assign({}, ...sources, Object.fromEntries(nested)) as SystemOptions;
}

function resolveSettings(options: SystemOptions): Settings {
  if (options.name === undefined)
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      "createSystem: the system has no name; give one, as in createSystem({ name: 'search' }), or set TROUPE_NAME",
    );
  const stopTimeoutMs = milliseconds(options.stopTimeout) ?? 5000;
  const { timeout, signals = false } = options.shutdown ?? {};
  return {
    name: options.name,
    transports: readTransports(options.transport ?? 'unix'),
    transportIsChosen: options.transport !== undefined,
    runtimeDirectory: options.runtimeDirectory,
    mailbox: resolveLimits(options.mailbox, DEFAULT_LIMITS),
    askTimeoutMs: milliseconds(options.askTimeout) ?? 5000,
    startTimeoutMs: milliseconds(options.startTimeout) ?? 10_000,
    stopTimeoutMs,
    shutdownTimeoutMs: milliseconds(timeout) ?? Math.max(10_000, 2 * stopTimeoutMs),
    stopSignals: typeof signals === 'boolean' ? (signals ? ['SIGTERM', 'SIGINT'] : []) : signals,
    lag: {
      everyMs: milliseconds(options.lag?.every) ?? DEFAULT_LAG.everyMs,
      afterMs: milliseconds(options.lag?.after) ?? DEFAULT_LAG.afterMs,
    },
    warmProcesses: options.warmProcesses ?? 0,
    logLevel: options.logLevel ?? 'warn',
    logger: options.logger,
  };
}

function readTransports(chosen: NonNullable<SystemOptions['transport']>): readonly TransportSetting[] {
  const settings = (isList(chosen) ? chosen : [chosen]).map((given): TransportSetting => {
    const { name, module, ...options } =
      typeof given === 'string' ? { name: given, module: undefined } : given;
    return { choice: module === undefined ? name : { module, name }, options };
  });
  const names = settings.map(nameOfTransport);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return settings;
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `transport: '${twice}' stands in the list twice; name each transport once, the one that is liked best first`,
  );
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

async function readConfigFile(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8')) as unknown;
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } catch (cause) {
    throw new TroupeError('TROUPE_CONFIGURATION', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
