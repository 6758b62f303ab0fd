// What is told arrives: in order, whole, at most once, and every message is accounted for. On real processes, over every
// transport of this package's dependencies.
import { describe, expect, it } from '@jest/globals';
import { createSystem, type ActorSystem } from 'troupe';
import {
  down,
  judge,
  newRecord,
  parcel,
  Recorder,
  wholeAndInOrder,
  Worker,
  type Receipt,
} from '../actors.ts';
import { eventually, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'fifo', 'pipe'] as const;
// Below, at and above the largest frame of each lane, among many small ones.
const SIZES = [10, 10, 10, 200, 10, 4080, 10, 4100, 10, 10, 65_520, 10, 10, 70_000, 10, 10];
const COUNT = 10_000;

async function open(transport: string): Promise<ActorSystem> {
  return createSystem({
    name: 'delivery',
    transport,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });
}

async function settled(system: ActorSystem): Promise<void> {
  await eventually('nothing waits', () => system.account().waiting === 0);
}

describe.each(transports)('over %s', (transport) => {
  it('messages of all sizes from one sender to one mailbox arrive whole and in order', async () => {
    await using system = await open(transport);
    const worker = await system.spawn(Worker, { in: 'process' });
    for (let seq = 0; seq < COUNT; seq += 1) {
      const bytes = seq % 100 < 2 ? (SIZES[seq % SIZES.length] ?? 10) : 10 + (seq % 90);
      if (!worker.tell('put', parcel('parent', seq, bytes))) await worker.ready();
    }
    expect(judge(await worker.ask('report', undefined, { timeout: '30s' }), 'parent')).toEqual(
      wholeAndInOrder(COUNT),
    );
    expect(system.account()).toEqual({ sent: COUNT + 1, delivered: COUNT + 1, dead: 0, lost: 0, waiting: 0 });
  });

  it('messages of a child arrive whole and in order, also those to another child', async () => {
    await using system = await open(transport);
    const record = newRecord();
    const recorder = await system.spawn(Recorder, { args: { record } });
    const sender = await system.spawn(Worker, { in: 'process' });
    const receiver = await system.spawn(Worker, { in: 'process' });
    const flood = { count: 2000, bytes: 5000, sender: 'child', patient: true };
    await Promise.all([
      sender.ask('flood', { ...flood, to: recorder }, { timeout: '30s' }),
      receiver.ask('flood', { ...flood, to: sender }, { timeout: '30s' }),
    ]);
    await eventually('all has come', () => record.received.length === 2000);
    expect(judge(record.received, 'child')).toEqual(wholeAndInOrder(2000));
    await eventually('all has come', async () => (await sender.ask('report')).length === 2000);
    expect(judge(await sender.ask('report'), 'child')).toEqual(wholeAndInOrder(2000));
  });

  it('many senders to one child keep their own order and lose nothing', async () => {
    await using system = await open(transport);
    // What passes through from the children counts towards the bound of the parent's own; all of it fits.
    const receiver = await system.spawn(Worker, { in: 'process', mailbox: { capacity: 32_000 } });
    const senders = await Promise.all([1, 2].map(() => system.spawn(Worker, { in: 'process' })));
    const floods = senders.map((sender, index) =>
      sender.ask(
        'flood',
        {
          to: receiver,
          count: 5000,
          bytes: index === 0 ? 1000 : 30,
          sender: `child ${String(index)}`,
          patient: true,
        },
        { timeout: '30s' },
      ),
    );
    for (let seq = 0; seq < 5000; seq += 1) {
      if (!receiver.tell('put', parcel('parent', seq, 100))) await receiver.ready();
      if (seq % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(floods);
    let report: readonly Receipt[] = [];
    await eventually('all has come', async () => {
      report = await receiver.ask('report', undefined, { timeout: '20s' });
      return report.length >= 15_000;
    });
    for (const sender of ['parent', 'child 0', 'child 1'])
      expect([sender, judge(report, sender)]).toEqual([sender, wholeAndInOrder(5000)]);
  });

  it('messages that find no handler elsewhere are dead, and give their room back', async () => {
    await using system = await open(transport);
    const sender = await system.spawn(Worker, { in: 'process' });
    const receiver = await system.spawn(Worker, { in: 'process' });
    const told = { to: receiver, type: 'nothing of the kind', count: 30_000, payload: 'x'.repeat(1000) };
    await sender.ask('tellPatiently', told, { timeout: '30s' });
    const untyped = receiver as unknown as { tell(type: string): boolean; ready(): Promise<void> };
    for (let number = 0; number < 20_000; number += 1) if (!untyped.tell('nothing')) await untyped.ready();
    await settled(system);
    expect(system.account()).toMatchObject({ dead: 20_000, lost: 0 });
    expect(await receiver.ask('kept')).toBe(0);
  });

  it('what was told before process.exit() arrives, and down comes after it', async () => {
    await using system = await open(transport);
    // Much more than staging memory and kernel take, yet no more than a busy machine moves while the exit waits for it.
    for (const { bytes, count } of [
      { bytes: 10, count: 2000 },
      { bytes: 1000, count: 2000 },
      { bytes: 10_000, count: 300 },
    ]) {
      const record = newRecord();
      const worker = await system.spawn(Worker, { in: 'process' });
      const recorder = await system.spawn(Recorder, { args: { record, watch: [worker] } });
      worker.tell('flood', { to: recorder, count, bytes, sender: 'child', end: 'exit' });
      let receivedAtDown = -1;
      await eventually('down comes', () => {
        if (record.downs.length > 0 && receivedAtDown < 0) receivedAtDown = record.received.length;
        return record.downs.length > 0;
      });
      expect(judge(record.received, 'child')).toEqual(wholeAndInOrder(count));
      expect(receivedAtDown).toBe(count);
      expect(record.downs[0]?.reason).toEqual({ kind: 'exit', code: 7 });
    }
  });

  it('the account closes through kills, full mailboxes, unknown handlers and stopped actors', async () => {
    await using system = await open(transport);
    let letters = 0;
    system.on('deadLetter', () => (letters += 1));
    const balance = (): void => {
      const { sent, delivered, dead, lost, waiting } = system.account();
      expect(delivered + dead + lost + waiting).toBe(sent);
      expect(Math.min(delivered, dead, lost, waiting)).toBeGreaterThanOrEqual(0);
    };
    const worker = await system.spawn(Worker, { in: 'process', mailbox: { capacity: 100 } });
    const ended = down(system, worker);
    worker.tell('busy', 100);
    for (let number = 0; number < 1000; number += 1) worker.tell('keep');
    balance();
    expect(letters).toBeGreaterThan(0);
    await worker.ready();
    worker.tell('kill', 'SIGKILL');
    const { lost } = await soon('down', ended);
    balance();
    worker.tell('keep');
    await settled(system);
    balance();
    expect(system.account().dead).toBe(letters);
    expect(system.account().lost).toBe(lost);

    const local = await system.spawn(Recorder, { args: { record: newRecord() }, mailbox: { capacity: 10 } });
    for (let seq = 0; seq < 100; seq += 1) local.tell('put', parcel('parent', seq, 10));
    balance();
    await local.stop();
    local.tell('put', parcel('parent', 0, 10));
    await settled(system);
    balance();
    expect(system.account().dead).toBe(letters);
  });
});
