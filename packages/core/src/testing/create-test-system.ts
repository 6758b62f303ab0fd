// Makes a system for a test, simulated or on real processes: one option, or one variable of the environment, decides.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TroupeError } from '../errors.ts';
import type { DeadLetter } from '../system/account.ts';
import { loadSettings } from '../system/configuration.ts';
import { joinSystem } from '../system/joined-system.ts';
import type { SystemOptions } from '../system/system-options.ts';
import { machine } from '../system/world.ts';
import { resolveFaults, type Faults } from './faults.ts';
import { RealTime } from './real-time.ts';
import { Simulation } from './simulation.ts';
import { JoinedTestSystem, type TestSystem } from './test-system.ts';
import { VirtualTime } from './virtual-time.ts';

/**
 * What a system for a test is made with: what `createSystem` takes, and what is to happen in it. `transport`, `runtimeDirectory`,
 * `warmProcesses` and signals count with real processes only.
 */
export interface TestSystemOptions extends SystemOptions {
  /** A whole number that decides what chance would; default: a new one each time. `TROUPE_TEST_SEED` goes before it. */
  readonly seed?: number;
  /** What goes wrong, and how often; with real processes nothing does. */
  readonly faults?: Faults;
  /** `true`: real processes and real time. Default: what `TROUPE_TEST_REAL` says (`1` or `0`), else `false`. */
  readonly real?: boolean;
}

const LARGEST_SEED = 0xffffffff;
let systems = 0;

/**
 * Makes a system for one test. Unless it is `real`, actors with `in: 'process'` are in nodes of this event loop, joined by the
 * same frames and the same control messages as processes are, and time stands still until the test moves it. Rejects with
 * TROUPE_CONFIGURATION, and on real processes as `createSystem` does.
 */
export async function createTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const {
    seed: givenSeed,
    faults = {},
    real = realFrom(process.env['TROUPE_TEST_REAL']),
    ...given
  } = options;
  const seed = resolveSeed(process.env['TROUPE_TEST_SEED'], givenSeed);
  const rates = resolveFaults(faults);
  systems += 1;
  const name = `test-${String(process.pid)}-${String(systems)}`;
  const settings = await loadSettings({ name, logLevel: 'error', ...given }, process.env, process.cwd());
  const deadLetters: DeadLetter[] = [];
  if (real) {
    const joined = await joinSystem(settings, machine);
    const pace = new RealTime(() => joined.node.account.snapshot().waiting);
    return new JoinedTestSystem(joined, {
      seed,
      simulation: undefined,
      pace,
      deadLetters,
      release: () => undefined,
    });
  }
  const simulation = new Simulation({
    seed,
    rates,
    logger: settings.logger,
    onDeadLetter: (letter) => deadLetters.push(letter),
  });
  const runtimeDirectory = mkdtempSync(join(tmpdir(), 'troupe-test-'));
  const release = (): void => {
    for (const process of simulation.living) process.end({ kind: 'exit', code: 0 });
    rmSync(runtimeDirectory, { recursive: true, force: true });
    process.off('exit', release);
  };
  process.on('exit', release);
  try {
    const joined = await joinSystem(
      {
        ...settings,
        runtimeDirectory,
        transports: [{ choice: 'memory', options: {} }],
        transportIsChosen: true,
        warmProcesses: 0,
        stopSignals: [],
      },
      simulation.main.world,
    );
    simulation.main.node = joined.node;
    const pace = new VirtualTime(simulation, (sentence) => joined.node.log.error(sentence));
    return new JoinedTestSystem(joined, {
      seed,
      simulation,
      pace,
      deadLetters,
      release() {
        pace.close();
        release();
      },
    });
  } catch (error) {
    release();
    throw error;
  }
}

function resolveSeed(fromEnvironment: string | undefined, given: number | undefined): number {
  const chosen = fromEnvironment === undefined || fromEnvironment === '' ? given : Number(fromEnvironment);
  if (chosen === undefined) return Math.floor(machine.chance() * LARGEST_SEED);
  if (Number.isInteger(chosen) && chosen >= 0 && chosen <= LARGEST_SEED) return chosen;
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `createTestSystem: seed is ${JSON.stringify(fromEnvironment ?? given)}; expected a whole number from 0 to ${String(LARGEST_SEED)}`,
  );
}

function realFrom(variable: string | undefined): boolean {
  if (variable === undefined || variable === '' || variable === '0') return false;
  if (variable === '1') return true;
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `environment: TROUPE_TEST_REAL is ${JSON.stringify(variable)}; expected 1 or 0`,
  );
}
