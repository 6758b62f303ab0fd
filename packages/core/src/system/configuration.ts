// What a system is started with: options in code, under a file, under the environment, checked as one. Whatever is wrong or
// unknown is refused with a sentence; nothing is guessed.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { OVERFLOWS } from '../overflow-policy.ts';
import { DEFAULT_LIMITS, isTimeToLive, resolveLimits, TIME_TO_LIVE } from '../actor/mailbox-limits.ts';
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { LOG_LEVELS, type Logger } from '../logger.ts';
import { nameOfTransport, type TransportSetting } from '../transport/load-transport.ts';
import { bytes, milliseconds, type Duration } from '../units.ts';
import { DEFAULT_LAG } from './actor-process.ts';
import { readEnvironment } from './environment.ts';
import type { Settings, SystemOptions } from './system-options.ts';

const FILES = ['troupe.config.json', 'troupe.config.mjs'];

const duration = v.custom<Duration>(
  (value) => milliseconds(value) !== undefined,
  "milliseconds, or a string such as '250ms' or '2s'",
);
const size = v.custom<string | number>(
  (value) => bytes(value) !== undefined,
  "bytes, or a string such as '64KiB' or '64MiB'",
);
const text = v.custom<string>(
  (value) => typeof value === 'string' && value !== '',
  'a string that is not empty',
);

const transport = v.union(
  [text, v.objectWithRest({ name: text, module: v.optional(text) }, v.unknown())],
  'the name of a transport, an object with `name`, or a list of these',
);

// Others have another meaning, or cannot be caught.
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

// More would be a mistake: each takes the memory of a Node process.
const MOST_WARM_PROCESSES = 256;

const schema = v.strictObject({
  name: v.optional(
    v.custom<string>(
      (value) => typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value),
      'up to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or digit',
    ),
  ),
  transport: v.optional(
    v.union(
      [transport, v.pipe(v.array(transport), v.minLength(1))],
      'the name of a transport, an object with `name`, or a list of these',
    ),
  ),
  runtimeDirectory: v.optional(text),
  mailbox: v.optional(
    v.strictObject({
      capacity: v.optional(
        v.custom<number>(
          (value) => Number.isInteger(value) && (value as number) > 0,
          'a whole number of messages, 1 or more',
        ),
      ),
      maxBytes: v.optional(size),
      timeToLive: v.optional(v.custom<Duration>((value) => isTimeToLive(milliseconds(value)), TIME_TO_LIVE)),
      overflow: v.optional(v.picklist(OVERFLOWS, `one of ${OVERFLOWS.join(', ')}`)),
    }),
  ),
  askTimeout: v.optional(duration),
  startTimeout: v.optional(duration),
  stopTimeout: v.optional(duration),
  shutdown: v.optional(
    v.strictObject({
      timeout: v.optional(duration),
      signals: v.optional(
        v.union(
          [v.boolean(), v.array(v.picklist(STOP_SIGNALS))],
          `true, false or a list of ${STOP_SIGNALS.join(', ')}`,
        ),
      ),
    }),
  ),
  lag: v.optional(v.strictObject({ every: v.optional(duration), after: v.optional(duration) })),
  warmProcesses: v.optional(
    v.custom<number>(
      (value) =>
        Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_WARM_PROCESSES,
      `a whole number of processes, from 0 to ${String(MOST_WARM_PROCESSES)}`,
    ),
  ),
  logLevel: v.optional(v.picklist(LOG_LEVELS, `one of ${LOG_LEVELS.join(', ')}`)),
  logger: v.optional(v.custom<Logger>(isLogger, 'an object with debug, info, warn and error')),
});

// Options that are objects themselves.
const NESTED = {
  mailbox: schema.entries.mailbox,
  shutdown: schema.entries.shutdown,
  lag: schema.entries.lag,
};

/** Reads and checks everything. Throws TROUPE_CONFIGURATION with the place of the mistake and what was expected. */
export async function loadSettings(
  options: SystemOptions,
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<Settings> {
  const inCode = check(options, 'createSystem');
  const fileName = FILES.find((name) => existsSync(resolve(directory, name)));
  const inFile =
    fileName === undefined ? {} : check(await readConfigFile(resolve(directory, fileName)), fileName);
  const inEnvironment = check(readEnvironment(environment), 'environment');
  const mailbox = { ...inCode.mailbox, ...inFile.mailbox, ...inEnvironment.mailbox };
  const shutdown = { ...inCode.shutdown, ...inFile.shutdown, ...inEnvironment.shutdown };
  const lag = { ...inCode.lag, ...inFile.lag };
  return resolveSettings({ ...inCode, ...inFile, ...inEnvironment, mailbox, shutdown, lag });
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

function check(value: unknown, where: string): SystemOptions {
  if (Array.isArray(value))
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `${where}: the configuration is a list; expected an object`,
    );
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output as SystemOptions;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  if (issue.type === 'strict_object' && path !== null) {
    const steps = path.split('.');
    const key = steps.pop() ?? '';
    const part = steps[0] as keyof typeof NESTED | undefined;
    const known = Object.keys(part === undefined ? schema.entries : NESTED[part].wrapped.entries);
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `${where}: '${path}' is no option.${didYouMean(key, known)} Known are: ${known.join(', ')}`,
    );
  }
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `${where}: ${path ?? 'the configuration'} is ${show(issue.input)}; expected ${issue.message}`,
  );
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function isLogger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (['debug', 'info', 'warn', 'error'] as const).every(
    (level) => typeof (value as Partial<Logger>)[level] === 'function',
  );
}
