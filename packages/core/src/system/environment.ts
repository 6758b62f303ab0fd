// What the environment says a system is to be started with: `TROUPE_*` variables as the options they stand for.
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { BOOTSTRAP_VARIABLE } from '../host/bootstrap.ts';

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  TROUPE_NAME: ['name'],
  TROUPE_TRANSPORT: ['transport'],
  TROUPE_RUNTIME_DIR: ['runtimeDirectory'],
  TROUPE_MAILBOX_CAPACITY: ['mailbox', 'capacity'],
  TROUPE_MAILBOX_MAX_BYTES: ['mailbox', 'maxBytes'],
  TROUPE_ASK_TIMEOUT: ['askTimeout'],
  TROUPE_START_TIMEOUT: ['startTimeout'],
  TROUPE_STOP_TIMEOUT: ['stopTimeout'],
  TROUPE_SHUTDOWN_TIMEOUT: ['shutdown', 'timeout'],
  TROUPE_WARM_PROCESSES: ['warmProcesses'],
  TROUPE_LOG_LEVEL: ['logLevel'],
};
// Variables of the runtime itself and of its tests.
const RESERVED = /^TROUPE_(?:TEST_|FUZZ_|FAULT)/;

/** The options, as text where no number is asked for. Throws TROUPE_CONFIGURATION for a variable that Troupe does not have. */
export function readEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('TROUPE_') || value === undefined || value === '') continue;
    if (variable === BOOTSTRAP_VARIABLE || RESERVED.test(variable)) continue;
    const path = VARIABLES[variable];
    if (path === undefined)
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `environment: ${variable} is no variable of Troupe.${didYouMean(variable, Object.keys(VARIABLES))} Known are: ${Object.keys(VARIABLES).join(', ')}`,
      );
    const [first = '', second] = path;
    const read = readVariable(variable, second, value);
    if (second === undefined) found[first] = read;
    else found[first] = { ...(found[first] as object | undefined), [second]: read };
  }
  return found;
}

function readVariable(variable: string, key: string | undefined, value: string): unknown {
  if (key === 'capacity' || variable === 'TROUPE_WARM_PROCESSES') return Number(value);
  if (variable !== 'TROUPE_TRANSPORT' || !value.includes(',')) return value;
  return value.split(',').map((name) => name.trim());
}
