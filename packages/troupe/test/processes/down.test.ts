// The notice that an actor ended: after everything it had sent, after its name is free, once, with the true reason, and to
// everybody who watches.
import { describe, expect, it } from '@jest/globals';
import { createSystem, type ActorSystem, type EndReason } from 'troupe';
import { down, judge, newRecord, Recorder, wholeAndInOrder, Worker } from '../actors.ts';
import { eventually, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'fifo', 'pipe'] as const;

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'down',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

describe.each(transports)('over %s', (transport) => {
  it.each([
    ['stops', undefined, 'normal'],
    ['exits', 'exit', 'exit'],
    ['aborts', 'abort', 'signal'],
  ] as const)('a watcher has got everything when an actor %s', async (_how, end, kind) => {
    await using system = await open(transport);
    const record = newRecord();
    const worker = await system.spawn(Worker, { in: 'process' });
    await system.spawn(Recorder, { args: { record, watch: [worker] }, name: 'recorder' });
    const recorder = await system.find(Recorder, 'recorder');
    let receivedAtDown = -1;
    // Few and small enough to be in the kernel when the process aborts, which nothing can hold up.
    const count = end === 'abort' ? 20 : 3000;
    const flood = { to: recorder, count, bytes: 100, sender: 'child' };
    if (end === undefined) {
      worker.tell('flood', flood);
      void worker.stop();
    } else if (end === 'abort') {
      worker.tell('flood', flood);
      await worker.ask('kept');
      worker.tell('abort');
    } else worker.tell('flood', { ...flood, end });
    await eventually('down comes', () => {
      if (record.downs.length > 0 && receivedAtDown < 0) receivedAtDown = record.received.length;
      return record.downs.length > 0;
    });
    expect(judge(record.received, 'child')).toEqual(wholeAndInOrder(count));
    expect(receivedAtDown).toBe(count);
    expect(record.downs.map(({ reason }) => reason.kind)).toEqual([kind]);
  });

  it('what a process committed before SIGKILL arrives before down', async () => {
    await using system = await open(transport);
    const record = newRecord();
    const worker = await system.spawn(Worker, { in: 'process' });
    const recorder = await system.spawn(Recorder, { args: { record, watch: [worker] } });
    // The answer comes behind the messages in the same lane: with it, they are committed.
    await worker.ask('flood', { to: recorder, count: 500, bytes: 100, sender: 'child' });
    worker.tell('kill', 'SIGKILL');
    await eventually('down comes', () => record.downs.length > 0);
    expect(judge(record.received, 'child')).toEqual(wholeAndInOrder(500));
    expect(record.downs.map(({ reason }) => reason)).toEqual([{ kind: 'signal', name: 'SIGKILL' }]);
  });

  it('an actor in another process that watches is told after everything, and why', async () => {
    await using system = await open(transport);
    const watcher = await system.spawn(Worker, { in: 'process' });
    const worker = await system.spawn(Worker, { in: 'process' });
    await watcher.ask('watch', worker);
    worker.tell('flood', { to: watcher, count: 1000, bytes: 100, sender: 'child', end: 'exit' });
    await eventually('down comes', async () => (await watcher.ask('downs')).length > 0);
    expect(judge(await watcher.ask('report'), 'child')).toEqual(wholeAndInOrder(1000));
    expect(await watcher.ask('downs')).toMatchObject([{ kind: 'exit' }]);
  });

  it('the name of an actor is free when its end is told', async () => {
    await using system = await open(transport);
    for (const end of ['kill', 'exit', 'stop', 'fail'] as const) {
      const worker = await system.spawn(Worker, { in: 'process', name: 'one' });
      const atDown = new Promise<unknown>((resolve, reject) => {
        system.watch(worker, () => {
          const steps = async (): Promise<unknown> => {
            const found = await system.find(Worker, 'one');
            const next = await system.spawn(Worker, { in: 'process', name: 'one' });
            await next.stop();
            return found;
          };
          steps().then(resolve, reject);
        });
      });
      if (end === 'kill') worker.tell('kill', 'SIGKILL');
      else if (end === 'exit') worker.tell('exit', 0);
      else if (end === 'fail') worker.tell('fail', { message: 'on purpose' });
      else await worker.stop();
      expect(await soon(`down after ${end}`, atDown)).toBeUndefined();
    }
  });

  it('names that a killed process held itself are free when its end is told', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    await worker.ask('spawnChild', { name: 'inner' });
    expect(await system.find(Worker, 'inner')).toBeDefined();
    const atDown = new Promise((resolve) => {
      system.watch(worker, () => resolve(system.find(Worker, 'inner')));
    });
    worker.tell('kill', 'SIGKILL');
    expect(await soon('down', atDown)).toBeUndefined();
  });
});

describe('whoever watches', () => {
  it('is told once, however often it asked', async () => {
    await using system = await open('unix');
    const record = newRecord();
    const worker = await system.spawn(Worker, { in: 'process' });
    const recorder = await system.spawn(Recorder, { args: { record, watch: [worker, worker] } });
    recorder.tell('watch', worker);
    await worker.stop();
    await eventually('down comes', () => record.downs.length > 0);
    expect(await recorder.ask('count')).toBe(0);
    expect(record.downs).toHaveLength(1);
  });

  it('is told at once, and the true reason, of an actor that has ended already', async () => {
    await using system = await open('unix');
    const worker = await system.spawn(Worker, { in: 'process' });
    const ended = down(system, worker);
    worker.tell('exit', 9);
    await soon('down', ended);
    const reasons: EndReason[] = [{ kind: 'exit', code: 9 }];
    expect([(await soon('down', down(system, worker))).reason]).toEqual(reasons);
    const witness = await system.spawn(Worker, { in: 'process' });
    await witness.ask('watch', worker);
    await eventually('down comes', async () => (await witness.ask('downs')).length > 0);
    expect(await witness.ask('downs')).toMatchObject([{ kind: 'exit' }]);
  });

  it('is not told after it ended its watch', async () => {
    await using system = await open('unix');
    const worker = await system.spawn(Worker, { in: 'process' });
    const told: string[] = [];
    const unwatch = system.watch(worker, () => told.push('first'));
    system.watch(worker, () => told.push('second'));
    unwatch();
    await worker.stop();
    await eventually('the second is told', () => told.length > 0);
    expect(told).toEqual(['second']);
  });

  it('is told even when a listener before it throws, which the program hears of as uncaught', async () => {
    const { directory, environment } = surroundings;
    const program = await startProgram({ name: 'down', runtimeDirectory: directory }, { environment });
    await program.call('spawn', 'worker', { in: 'process' });
    await program.call('watchBadly', 'worker');
    await program.call('watch', 'worker');
    await program.call('tell', 'worker', 'exit', 0);
    await eventually('both are told', () => program.notices.length === 2);
    expect(program.notices).toContainEqual({ uncaught: 'of a listener' });
    expect(program.notices).toContainEqual(expect.objectContaining({ down: 'worker', kind: 'exit' }));
    expect(await program.leave()).toBe(0);
  });
});
