// Several transports named: the first that works is used, each that is passed over is announced, for the whole system when it
// is created, for one process when a lane to it cannot be had. With one transport named it is an error.
import { describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import {
  createSystem,
  isTroupeError,
  type ActorSystem,
  type SystemOptions,
  type TransportFallback,
  type TransportOptions,
  type TroupeError,
} from 'troupe';
import { runInNamespace } from '../../../core/test/own-namespace.ts';
import { fixtureUrl, FIXTURES, newRecord, Recorder, Worker } from '../actors.ts';
import { failure } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

type Transport = SystemOptions['transport'];

interface Opened extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly lines: readonly string[];
  readonly fallbacks: readonly TransportFallback[];
}

async function open(transport: Transport): Promise<Opened> {
  const lines: string[] = [];
  const fallbacks: TransportFallback[] = [];
  const note = (line: string): void => void lines.push(line);
  const system = await createSystem({
    name: 'fallback',
    runtimeDirectory: surroundings.directory,
    logger: { debug: note, info: note, warn: note, error: note },
    ...(transport === undefined ? {} : { transport }),
  });
  system.on('transportFallback', (fallback) => fallbacks.push(fallback));
  return { system, lines, fallbacks, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

/** Like `unix`, but for one thing that fails in one place. */
function brittle(
  at: 'load' | 'prepare' | 'trial' | 'receive' | 'send',
  where: 'parent' | 'child' | 'everywhere' = 'everywhere',
  code = 'TROUPE_LIMIT',
): TransportOptions {
  return { name: 'brittle', module: fixtureUrl('brittle-transport.cjs'), at, where, code };
}

/** Talks with an actor in a process of its own, in both directions; its process id. */
async function converse(system: ActorSystem): Promise<number> {
  const worker = await system.spawn(Worker, { in: 'process' });
  expect(await worker.ask('echo', 'x'.repeat(100_000))).toHaveLength(100_000);
  return await worker.ask('pid');
}

async function refusal(work: Promise<unknown>): Promise<TroupeError> {
  const error = await failure(work);
  if (!isTroupeError(error)) throw error;
  return error;
}

describe('of several transports, createSystem', () => {
  it.each<readonly [string, TransportOptions, string, string]>([
    ['is not installed', { name: 'absent', module: 'not-there' }, 'TROUPE_TRANSPORT_UNAVAILABLE', 'npm i'],
    ['cannot be loaded', brittle('load', 'parent', 'TROUPE_TRANSPORT_UNAVAILABLE'), '', "at 'load'"],
    ['finds a limit exhausted', brittle('trial'), 'TROUPE_LIMIT', "at 'trial'"],
    ['is not permitted', brittle('trial', 'parent', 'TROUPE_PERMISSION'), '', "at 'trial'"],
    ['cannot be prepared for children', brittle('prepare'), 'TROUPE_LIMIT', "at 'prepare'"],
  ])('passes over one that %s, and says so', async (_what, first, code, words) => {
    await using opened = await open([first, 'fifo', 'unix']);
    expect(opened.system.transport).toBe('fifo');
    await converse(opened.system);
    expect(opened.lines).toEqual([expect.stringContaining(`'${first.name}' cannot be used, 'fifo' is used`)]);
    expect(opened.lines[0]).toContain(words);
    expect(opened.fallbacks).toEqual([
      { transport: first.name, instead: 'fifo', pid: undefined, reason: expect.any(Error) },
    ]);
    if (code !== '') expect(opened.fallbacks[0]?.reason.code).toBe(code);
  });

  it('takes the first that works, and has nothing to say', async () => {
    await using opened = await open(['fifo', { name: 'absent', module: 'not-there' }]);
    expect(opened.system.transport).toBe('fifo');
    await converse(opened.system);
    expect([opened.lines, opened.fallbacks]).toEqual([[], []]);
  });

  it('refuses a mistake anywhere in the list', async () => {
    expect((await refusal(open(['unix', 'shn']))).message).toContain("'shm'");
    const misspelt = { name: 'shm', capacityByte: 1 };
    expect((await refusal(open(['unix', misspelt]))).code).toBe('TROUPE_CONFIGURATION');
    expect((await refusal(open([misspelt, 'unix']))).code).toBe('TROUPE_CONFIGURATION');
  });

  it('rejects with every reason when none works', async () => {
    const error = await refusal(open([{ name: 'absent', module: 'not-there' }, brittle('trial')]));
    expect(error.code).toBe('TROUPE_LIMIT');
    expect(error.message).toMatch(/absent: .*not-there.*brittle: brittle at 'trial'/);
  });

  /** A program that says which transport it got, what an actor in another process answered, and what was announced. */
  function tellTransport(options: SystemOptions): string {
    return `
      import { createSystem } from 'troupe';
      import { Worker } from './worker.actor.mjs';
      const lines = [];
      const note = (line) => lines.push(line);
      const logger = { debug: note, info: note, warn: note, error: note };
      const system = await createSystem({ ...${JSON.stringify(options)}, logger });
      const worker = await system.spawn(Worker, { in: 'process' });
      console.log(JSON.stringify([system.transport, await worker.ask('echo', 1), lines]));
      await system.stop();`;
  }

  it('passes over shared memory where no memory is to be had for a ring', async () => {
    const { stdout } = await promisify(execFile)(
      'prlimit',
      ['--fsize=65536', process.execPath, '--input-type=module', '--eval', tellTransport({ name: 'small' })],
      {
        cwd: FIXTURES,
        env: {
          ...surroundings.environment,
          TROUPE_RUNTIME_DIR: surroundings.directory,
          TROUPE_TRANSPORT: 'shm,unix',
        },
        timeout: 30_000,
        killSignal: 'SIGKILL',
      },
    );
    expect(JSON.parse(stdout)).toEqual(['unix', 1, [expect.stringContaining('RLIMIT_FSIZE')]]);
  });

  it('passes over segments in /dev/shm where that is too small for a ring', () => {
    const transport = [{ name: 'shm', segment: 'posix' }, 'unix'];
    const program = tellTransport({ name: 'small', transport, runtimeDirectory: surroundings.directory });
    const ran = runInNamespace(
      '-Urm',
      'mount -t tmpfs -o size=1m troupe-test /dev/shm',
      [process.execPath, '--input-type=module', '--eval', program],
      { environment: surroundings.environment, cwd: FIXTURES },
    );
    if (ran === undefined) return;
    expect(JSON.parse(ran.stdout)).toEqual(['unix', 1, [expect.stringContaining('/dev/shm')]]);
  });
});

describe('when a lane cannot be had', () => {
  it.each([
    ['received on here', brittle('receive', 'parent'), "'receive' in the parent"],
    ['opened by the child', brittle('send', 'child'), "'send' in the child"],
  ])('that is to be %s, the next transport is used for that process', async (_what, first, words) => {
    await using opened = await open([first, 'fifo']);
    expect(opened.system.transport).toBe('brittle');
    const pids = [await converse(opened.system), await converse(opened.system)];
    expect(opened.lines).toEqual(pids.map((pid) => expect.stringContaining(`process ${String(pid)}`)));
    for (const line of opened.lines) expect(line).toContain(words);
    expect(opened.fallbacks).toEqual(
      pids.map((pid) => ({ transport: 'brittle', instead: 'fifo', pid, reason: expect.any(Error) })),
    );
    expect(opened.fallbacks.map(({ reason }) => reason.code)).toEqual(['TROUPE_LIMIT', 'TROUPE_LIMIT']);
  });

  it.each([
    ['received on in the child', brittle('receive', 'child'), "'receive' in the child"],
    ['opened here', brittle('send', 'parent'), "'send' in the parent"],
    ['loaded in the child', brittle('load', 'child', 'TROUPE_TRANSPORT_UNAVAILABLE'), "'load' in the child"],
  ])('that is to be %s, the child uses the next one and says so', async (_what, first, words) => {
    const program = await startProgram(
      {
        name: 'fallback',
        runtimeDirectory: surroundings.directory,
        transport: [first, 'fifo'],
        logLevel: 'warn',
      },
      { environment: surroundings.environment },
    );
    await program.call('spawn', 'child', { in: 'process' });
    expect(await program.call('ask', 'child', 'echo', 1)).toBe(1);
    expect(await program.leave()).toBe(0);
    expect(program.errors()).toContain(`process ${String(program.pid)} sends here, 'fifo' is used instead`);
    expect(program.errors()).toContain(words);
  });

  it('the child has inherited what it needs for a pipe', async () => {
    await using opened = await open([brittle('receive'), { name: 'pipe', stagingBytes: '64KiB' }]);
    await converse(opened.system);
    expect(opened.fallbacks).toMatchObject([{ transport: 'brittle', instead: 'pipe' }]);
  });

  it('because too little memory is left for rings, the next transport is used from then on', async () => {
    const program = await startProgram(
      {
        name: 'fallback',
        runtimeDirectory: surroundings.directory,
        transport: ['shm', 'unix'],
        logLevel: 'warn',
      },
      { environment: surroundings.environment },
    );
    await program.call('spawn', 'first', { in: 'process' });
    expect(program.errors()).toBe('');
    execFileSync('prlimit', ['--fsize=65536', '--pid', String(program.pid)]);
    await program.call('spawn', 'second', { in: 'process' });
    expect(await program.call('ask', 'first', 'echo', 1)).toBe(1);
    expect(await program.call('ask', 'second', 'echo', 2)).toBe(2);
    expect(await program.call('transport')).toBe('shm');
    expect(await program.leave()).toBe(0);
    // The one here, for the lane from the child, and the child's for the lane from here.
    expect(program.errors().match(/'shm' cannot be used for .* 'unix' is used instead/g)).toHaveLength(2);
  });

  it('over any that was named, the spawn rejects with every reason', async () => {
    await using opened = await open([brittle('receive', 'parent'), 'pipe']);
    const error = await refusal(
      (async () => {
        await using single = await open(brittle('receive', 'parent'));
        await converse(single.system);
      })(),
    );
    expect([error.code, error.message]).toEqual(['TROUPE_LIMIT', expect.stringContaining("'receive'")]);
    await converse(opened.system);
  });

  it.each([brittle('receive', 'parent'), brittle('send', 'child'), brittle('prepare', 'parent')])(
    'over the only one that was named, the spawn rejects with the reason (%#)',
    async (only) => {
      await using opened = await open(only);
      const error = await refusal(converse(opened.system));
      expect([error.code, error.message]).toEqual(['TROUPE_LIMIT', expect.stringContaining('brittle at')]);
      expect(opened.fallbacks).toEqual([]);
    },
  );

  it('for another reason than a limit, no other transport hides it', async () => {
    await using opened = await open([brittle('receive', 'parent', 'TROUPE_PERMISSION'), 'unix']);
    expect((await refusal(converse(opened.system))).code).toBe('TROUPE_PERMISSION');
    expect(opened.fallbacks).toEqual([]);
  });
});

it('a transport for parent and child gives way to the next one between other programs, which is said once', async () => {
  await using opened = await open(['pipe', 'fifo']);
  await opened.system.spawn(Recorder, { name: 'here', args: { record: newRecord() } });
  for (const key of ['first', 'second']) {
    const program = await startProgram(
      { name: 'fallback', runtimeDirectory: surroundings.directory, transport: 'unix' },
      { environment: surroundings.environment },
    );
    expect(await program.call('find', key, 'here')).toBe(true);
    expect(await program.call('ask', key, 'other', 1)).toBe(1);
    expect(await program.leave()).toBe(0);
  }
  await converse(opened.system);
  expect(opened.lines).toEqual([
    expect.stringContaining(
      "'pipe' joins parent and child only; other processes of the system are reached over 'fifo'",
    ),
  ]);
  expect(opened.fallbacks).toMatchObject([{ transport: 'pipe', instead: 'fifo', pid: undefined }]);
});
