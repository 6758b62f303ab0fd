// Options in code, a file and the environment become one set of settings, or one sentence about what is wrong with them.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTroupeError } from '../../src/errors.ts';
import { loadSettings } from '../../src/system/configuration.ts';
import type { SystemOptions } from '../../src/system/system-options.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-configuration-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function refusal(options: SystemOptions, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    await loadSettings(options, environment, directory);
  } catch (error) {
    if (!isTroupeError(error, 'TROUPE_CONFIGURATION')) throw error;
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('settings', () => {
  it('have their defaults', async () => {
    expect(await loadSettings({ name: 'x' }, {}, directory)).toMatchObject({
      name: 'x',
      transports: [{ choice: 'unix', options: {} }],
      transportIsChosen: false,
      mailbox: { capacity: 8192, maxBytes: 64 * 1024 * 1024 },
      askTimeoutMs: 5000,
      startTimeoutMs: 10_000,
      stopTimeoutMs: 5000,
      shutdownTimeoutMs: 10_000,
      stopSignals: [],
      lag: { everyMs: 2000, afterMs: 500 },
      logLevel: 'warn',
    });
  });

  it('of the shutdown leave time for actors, and name the signals', async () => {
    const slow = { name: 'x', stopTimeout: '1m', shutdown: { signals: true } };
    expect(await loadSettings(slow, {}, directory)).toMatchObject({
      shutdownTimeoutMs: 120_000,
      stopSignals: ['SIGTERM', 'SIGINT'],
    });
    const own = { name: 'x', shutdown: { timeout: '3s', signals: ['SIGHUP'] } } as const;
    expect(await loadSettings(own, { TROUPE_SHUTDOWN_TIMEOUT: '4s' }, directory)).toMatchObject({
      shutdownTimeoutMs: 4000,
      stopSignals: ['SIGHUP'],
    });
    expect(await refusal({ name: 'x', shutdown: { timeut: 1 } as object })).toBe(
      "createSystem: 'shutdown.timeut' is no option. Did you mean 'timeout'? Known are: timeout, signals",
    );
    expect(await refusal({ name: 'x', shutdown: { signals: ['SIGKILL'] } })).toMatch(/shutdown\.signals is/);
  });

  it('come from code, over that from the file, over that from the environment, key by key', async () => {
    writeFileSync(
      join(directory, 'troupe.config.json'),
      JSON.stringify({ askTimeout: '2s', stopTimeout: '2s', mailbox: { capacity: 2 } }),
    );
    const options = {
      name: 'x',
      askTimeout: 1000,
      startTimeout: 1000,
      stopTimeout: 1000,
      mailbox: { capacity: 1, maxBytes: 1000 },
    };
    const environment = {
      TROUPE_STOP_TIMEOUT: '3s',
      TROUPE_MAILBOX_CAPACITY: '3',
      TROUPE_NAME: 'y',
      TROUPE_ASK_TIMEOUT: '',
    };
    expect(await loadSettings(options, environment, directory)).toMatchObject({
      name: 'y',
      startTimeoutMs: 1000,
      askTimeoutMs: 2000,
      stopTimeoutMs: 3000,
      mailbox: { capacity: 3, maxBytes: 1000 },
    });
  });

  it('of a transport are handed on, but for its name and module', async () => {
    const transport = { name: 'fifo', stagingBytes: '1MiB', anything: 1 };
    expect((await loadSettings({ name: 'x', transport }, {}, directory)).transports).toEqual([
      { choice: 'fifo', options: { stagingBytes: '1MiB', anything: 1 } },
    ]);
    const own = await loadSettings(
      { name: 'x', transport: { name: 'mine', module: './mine.js' } },
      {},
      directory,
    );
    expect(own.transports).toEqual([{ choice: { name: 'mine', module: './mine.js' }, options: {} }]);
  });

  it('name several transports in a list, and in the environment with commas', async () => {
    const transport = [{ name: 'shm', capacityBytes: '64KiB' }, 'unix'];
    expect((await loadSettings({ name: 'x', transport }, {}, directory)).transports).toEqual([
      { choice: 'shm', options: { capacityBytes: '64KiB' } },
      { choice: 'unix', options: {} },
    ]);
    const environment = { TROUPE_TRANSPORT: 'fifo, pipe' };
    expect((await loadSettings({ name: 'x', transport }, environment, directory)).transports).toEqual([
      { choice: 'fifo', options: {} },
      { choice: 'pipe', options: {} },
    ]);
  });

  it('ignore variables of the tests and of the runtime itself', async () => {
    const environment = { TROUPE_TEST_MARK: 'x', TROUPE_FAULT: 'y', TROUPE_BOOTSTRAP: '{}', PATH: '/' };
    expect((await loadSettings({ name: 'x' }, environment, directory)).name).toBe('x');
  });
});

describe('a mistake', () => {
  it.each<readonly [unknown, readonly string[]]>([
    [{}, ['no name', 'TROUPE_NAME']],
    [{ name: '' }, ['name is ""']],
    [{ name: 'a b' }, ['name is "a b"', 'letters']],
    [{ name: '.x' }, ['name']],
    [{ name: 'x'.repeat(65) }, ['name', '64']],
    [{ name: 'x', nmae: 1 }, ["'nmae' is no option", "Did you mean 'name'", 'Known are']],
    [{ name: 'x', mailbox: { capcity: 1 } }, ["'mailbox.capcity'", "Did you mean 'capacity'"]],
    [{ name: 'x', mailbox: { capacity: 0 } }, ['mailbox.capacity is 0', '1 or more']],
    [{ name: 'x', mailbox: { overflow: 'drop' } }, ['mailbox.overflow is "drop"', 'drop-newest']],
    [{ name: 'x', mailbox: 5 }, ['mailbox']],
    [{ name: 'x', askTimeout: '2 minutes' }, ['askTimeout is "2 minutes"', "'2s'"]],
    [{ name: 'x', stopTimeout: -1 }, ['stopTimeout is -1']],
    [{ name: 'x', transport: 5 }, ['transport is 5']],
    [{ name: 'x', transport: {} }, ['transport']],
    [{ name: 'x', transport: '' }, ['transport is ""']],
    [{ name: 'x', transport: [] }, ['transport']],
    [{ name: 'x', transport: ['unix', 5] }, ['transport']],
    [{ name: 'x', transport: ['unix', { name: 'unix' }] }, ["transport: 'unix'", 'twice']],
    [{ name: 'x', warmProcesses: -1 }, ['warmProcesses is -1', 'from 0 to 256']],
    [{ name: 'x', logLevel: 'loud' }, ['logLevel is "loud"', 'debug, info, warn, error, silent']],
    [{ name: 'x', logger: {} }, ['logger', 'debug, info, warn and error']],
    [{ name: 'x', askTimeout: 1n }, ['askTimeout is 1']],
    [null, ['createSystem']],
    ['x', ['createSystem']],
  ])('in code: %p', async (options, words) => {
    const message = await refusal(options as SystemOptions);
    for (const word of words) expect(message).toContain(word);
  });

  it.each<readonly [NodeJS.ProcessEnv, readonly string[]]>([
    [{ TROUPE_TRANSPROT: 'x' }, ['TROUPE_TRANSPROT is no variable', "Did you mean 'TROUPE_TRANSPORT'"]],
    [{ TROUPE_MAILBOX_CAPACITY: 'many' }, ['environment', 'mailbox.capacity']],
    [{ TROUPE_LOG_LEVEL: 'loud' }, ['environment', 'logLevel is "loud"']],
    [{ TROUPE_ASK_TIMEOUT: '5' }, ['environment', 'askTimeout is "5"']],
  ])('in the environment: %p', async (environment, words) => {
    const message = await refusal({ name: 'x' }, environment);
    for (const word of words) expect(message).toContain(word);
  });

  it.each([
    ['{', 'cannot be read'],
    ['[]', 'troupe.config.json'],
    ['null', 'troupe.config.json'],
    ['{"nam":"x"}', "'nam' is no option"],
  ])('in the file: %s', async (text, words) => {
    writeFileSync(join(directory, 'troupe.config.json'), text);
    expect(await refusal({ name: 'x' })).toContain(words);
  });
});
