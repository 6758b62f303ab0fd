// Stopping a system as a whole: what was told is handled, in which order, what the report says, what a program exits with that
// is stopped by signals, and that one deadline bounds all of it whatever hangs.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSystem,
  defineActor,
  UNCLEAN_EXIT_CODE,
  type ShutdownReport,
  type SystemOptions,
} from 'troupe';
import { Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram, type Program } from '../program.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'shm'] as const;

const Noting = defineActor(import.meta.url, {
  init: (_context, args: { name: string; happened: string[]; hang?: boolean }) => args,
  handlers: {
    work: ({ name, happened }) => void happened.push(`${name} works`),
    hang: () => new Promise<never>(() => undefined),
  },
  onStop: ({ name, happened }) => void happened.push(`${name} stops`),
});

function options(transport: string, shutdown: SystemOptions['shutdown'] = {}): SystemOptions {
  return {
    name: 'shutdown',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
    shutdown,
  };
}

/** A program that leads a process group of its own. */
function start(transport: string, shutdown: SystemOptions['shutdown']): Promise<Program> {
  const { environment } = surroundings;
  return startProgram(options(transport, { signals: true, ...shutdown }), { environment, detached: true });
}

function reportOf(program: Program): ShutdownReport | undefined {
  return program.notices.find(({ report }) => report !== undefined)?.report;
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trim().split('\n');
}

describe.each(transports)('over %s', (transport) => {
  it('actors are drained in reverse order of start, between the hooks, and the report counts the messages of all processes', async () => {
    const system = await createSystem(options(transport));
    const happened: string[] = [];
    const log = join(surroundings.scratch, 'log');
    const first = await system.spawn(Noting, { args: { name: 'first', happened } });
    const worker = await system.spawn(Worker, { in: 'process', args: { log } });
    const grandchild = await worker.ask('spawnChild', { where: 'process', args: { log } });
    await system.spawn(Noting, { args: { name: 'last', happened } });
    system.onShutdown('before', async ({ reason }) => {
      happened.push(`before (${reason})`);
      await system.spawn(Noting, { args: { name: 'late', happened } });
    });
    system.onShutdown('before', () => void happened.push('before that'));
    system.onShutdown('after', () => void happened.push('after'));
    system.onShutdown('after', () => void happened.push('never'))();
    await worker.ask('kept');
    const before = system.account();
    const stopped = system.stop({ reason: 'a test' });
    for (let number = 0; number < 500; number += 1) worker.tell('keep');
    worker.tell('tellMany', { to: grandchild, type: 'keep', count: 300, payload: undefined });
    first.tell('work');
    const report = await soon('stop', stopped);
    const inOrder = ['before that', 'before (a test)', 'late stops', 'last stops', 'first stops', 'after'];
    expect(happened.filter((what) => what !== 'first works')).toEqual(inOrder);
    expect(happened).toContain('first works');
    expect(system.account().delivered - before.delivered).toBe(502);
    expect(report).toMatchObject({
      reason: 'a test',
      deadLettered: 0,
      lost: 0,
      processes: { reported: 2, silent: 0 },
      hung: [],
      failedHooks: [],
      exitCode: 0,
    });
    // A process counts from when it was told of the stop, and messages may come to it before.
    expect(report.processed).toBeGreaterThanOrEqual(502);
    expect(report.processed + report.unknown).toBeLessThanOrEqual(802);
    expect(linesOf(log).map((line) => line.split(' ')[0])).toEqual(['start', 'start', 'stop', 'stop']);
    expect(await system.stop()).toBe(report);
    expect(
      (await failure(Promise.resolve().then(() => system.onShutdown('after', () => undefined)))).code,
    ).toBe('TROUPE_SYSTEM_STOPPED');
  });

  it('a signal to the whole process group stops the program, its children wait for it, and it exits with 0', async () => {
    const program = await start(transport, {});
    const log = join(surroundings.scratch, 'log');
    await program.call('spawn', 'child', { in: 'process', args: { log } });
    await program.call('askForRef', 'child', 'spawnChild', { where: 'process', args: { log } }, 'grandchild');
    await program.call('onShutdown', 'before', 'say');
    await program.call('onShutdown', 'after', 'say');
    program.send('tell', 'child', 'busy', 300);
    program.send('tell', 'grandchild', 'busy', 200);
    await program.call('flood', 'child', 200, 10);
    process.kill(-program.pid, transport === 'unix' ? 'SIGTERM' : 'SIGINT');
    expect([await soon('the program ends', program.exited), reportOf(program)]).toMatchObject([0, {}]);
    expect(program.notices.flatMap(({ hook }) => hook ?? [])).toEqual(['before', 'after']);
    expect(reportOf(program)).toMatchObject({ lost: 0, processes: { reported: 2, silent: 0 }, exitCode: 0 });
    expect(linesOf(log).map((line) => line.split(' ')[0])).toEqual(['start', 'start', 'stop', 'stop']);
  });

  it('one deadline ends all that hangs, and the report names each', async () => {
    const system = await createSystem(options(transport, { timeout: 4000 }));
    const happened: string[] = [];
    const first = await system.spawn(Noting, { args: { name: 'first', happened } });
    const busy = await system.spawn(Worker, { in: 'process', name: 'busy' });
    const stopped = await system.spawn(Worker, { in: 'process', name: 'stopped' });
    const hanging = await system.spawn(Noting, { name: 'hanging', args: { name: 'hanging', happened } });
    const idle = await system.spawn(Worker, { in: 'process', name: 'idle' });
    const pids = { busy: await busy.ask('pid'), stopped: await stopped.ask('pid') };
    await idle.ask('pid');
    process.kill(pids.stopped, 'SIGSTOP');
    busy.tell('spin');
    hanging.tell('hang');
    first.tell('work');
    system.onShutdown('before', () => new Promise(() => undefined));
    system.onShutdown('before', () => {
      throw new RangeError('of a hook');
    });
    system.onShutdown(
      'after',
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    );
    const report = await soon('stop', system.stop());
    expect(report.hung.map(({ kind, name, pid }) => [kind, name, pid]).sort()).toEqual([
      ['actor', 'busy', pids.busy],
      ['actor', 'hanging', process.pid],
      ['actor', 'stopped', pids.stopped],
      ['hook', 'after', process.pid],
      ['hook', 'before', process.pid],
    ]);
    expect(report.failedHooks.map(({ phase, error }) => [phase, error.name])).toEqual([
      ['before', 'RangeError'],
    ]);
    expect(report).toMatchObject({ processes: { reported: 1, silent: 2 }, exitCode: UNCLEAN_EXIT_CODE });
    expect(happened).toEqual(['first works', 'first stops']);
    expect(processesOfThisTest()).toEqual([]);
  });
});

it('a program that had to end a busy child exits with the code for that, and prints why', async () => {
  const program = await start('unix', { timeout: '1s' });
  await program.call('spawn', 'busy', { in: 'process', name: 'busy' });
  program.send('tell', 'busy', 'spin');
  await program.call('onShutdown', 'before', 'throw');
  program.kill('SIGTERM');
  expect(await soon('the program ends', program.exited)).toBe(UNCLEAN_EXIT_CODE);
  expect(reportOf(program)).toMatchObject({ reason: 'SIGTERM', exitCode: UNCLEAN_EXIT_CODE });
  expect(reportOf(program)?.hung.map(({ name }) => name)).toEqual(['busy']);
});

it('a second signal ends the program at once, with its children', async () => {
  const program = await start('unix', { timeout: '1h' });
  await program.call('spawn', 'busy', { in: 'process', name: 'busy' });
  program.send('tell', 'busy', 'spin');
  await program.call('onShutdown', 'before', 'hang');
  program.kill('SIGTERM');
  await eventually('the hook was called', () => program.notices.some(({ hook }) => hook === 'before'));
  program.kill('SIGINT');
  expect(await soon('the program ends', program.exited)).toBe(128 + 2);
  await eventually('its children are gone', () => processesOfThisTest().length === 0);
});

it('a program that asks for no signals is ended by them as without Troupe', async () => {
  const program = await start('unix', { signals: false });
  await program.call('spawn', 'child', { in: 'process' });
  program.kill('SIGTERM');
  expect(await soon('the program ends', program.exited)).toBe('SIGTERM');
  await eventually('its child is gone', () => processesOfThisTest().length === 0);
  const system = await createSystem(options('unix'));
  expect((await system.stop()).exitCode).toBe(0);
});
