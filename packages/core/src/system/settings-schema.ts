// The options of a system as they may be given, in code, in a file or by the environment. Whatever is wrong or unknown is refused
// with a sentence; nothing is guessed.
import * as v from 'valibot';
import { isTimeToLive, TIME_TO_LIVE } from '../actor/mailbox-limits.ts';
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { LOG_LEVELS, type Logger } from '../logger.ts';
import { OVERFLOWS } from '../overflow-policy.ts';
import { bytes, milliseconds, type Duration } from '../units.ts';
import type { SystemOptions } from './system-options.ts';

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
export const NESTED_OPTIONS = Object.keys(NESTED) as readonly (keyof typeof NESTED)[];

/** The options that `where` has given. Throws TROUPE_CONFIGURATION with the place of the mistake and what was expected. */
export function checkOptions(value: unknown, where: string): SystemOptions {
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
