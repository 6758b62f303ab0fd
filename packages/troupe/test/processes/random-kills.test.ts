// Children are killed, and stopped for a while, at random times while messages flow both ways, and are started again by their supervisor. Whatever
// comes through was sent, came once, whole and in order; what did not is accounted for.
import { expect, it } from '@jest/globals';
import { createSystem, oneForOne } from 'troupe';
import { newRecord, parcel, Recorder, Worker, type Receipt } from '../actors.ts';
import { eventually } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { randomNumbers } from '../random-numbers.ts';

const surroundings = watchForLeaks();
const IS_SOAK = process.env['TROUPE_TEST_SOAK'] !== undefined;
const KILLS = IS_SOAK ? 300 : 12;
const LONGEST_STOP_MS = 200;
const TIMEOUT_MS = IS_SOAK ? 1_800_000 : 120_000;

/** Sends it unless the process is gone: what a snapshot tells was true a moment ago. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What is wrong with receipts of one sender: numbers that come twice, go back, were never sent, or are damaged. */
function faults(receipts: readonly Receipt[], sent: number): unknown[] {
  let last = -1;
  return receipts.filter(([, seq, isIntact]) => {
    const isFault = !isIntact || seq <= last || seq >= sent;
    last = Math.max(last, seq);
    return isFault;
  });
}

it.each(['shm', 'unix', 'fifo', 'pipe', 'posix-mq', 'sysv-mq'])(
  'over %s nothing comes twice, damaged or invented',
  async (transport) => {
    const seed = Number(process.env['TROUPE_TEST_SEED'] ?? 20_261_122);
    const random = randomNumbers(seed);
    await using system = await createSystem({
      name: 'kills',
      transport,
      runtimeDirectory: surroundings.directory,
      logLevel: 'silent',
    });
    const record = newRecord();
    const recorder = await system.spawn(Recorder, { args: { record } });
    const worker = await system.spawn(Worker, {
      in: 'process',
      // What waits in front of an ask must have come, also over a slow lane, long before the ask gives up.
      mailbox: { maxBytes: '1MiB' },
      supervise: oneForOne({ restarts: 1000, backoff: [0, 0] }),
    });
    // What an incarnation reports is all it got: it dies with it, so it is asked for all the time.
    const reports = new Map<number, readonly Receipt[]>();
    const killed = new Set<number>();
    let sent = 0;
    let generation = 0;
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        for (let burst = 0; burst < 50; burst += 1) {
          const bytes = random() < 0.02 ? Math.floor(random() * 80_000) : Math.floor(random() * 500);
          worker.tell('put', parcel('parent', sent, bytes));
          sent += 1;
        }
        await new Promise((resolve) => setTimeout(resolve, random() * 3));
        await worker.ready();
      }
    })();
    const asking = (async () => {
      while (!isOver) {
        const [pid, report] = await Promise.all([worker.ask('pid'), worker.ask('report')]).catch(
          () => [0, []] as const,
        );
        if (pid !== 0) reports.set(pid, report);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    for (let kill = 0; kill < KILLS; kill += 1) {
      generation += 1;
      const flood = {
        to: recorder,
        count: 300,
        bytes: 300,
        sender: `child ${String(generation)}`,
        patient: true,
      };
      worker.tell('flood', flood);
      // Every other one is killed before anybody knows that it runs.
      if (kill % 2 === 0) {
        // The one that was to be killed last may have been dead: then the one that runs now may have reported before.
        await eventually('a report comes', () => [...reports.keys()].some((pid) => !killed.has(pid)));
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 100));
      const pid = system.actors().find(({ label }) => label.startsWith('worker'))?.pid;
      if (pid === undefined) continue;
      // One that stands still is not dead: what is told to it waits, and it dies before it can go on or goes on first.
      if (random() < 0.5) {
        signal(pid, 'SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_STOP_MS));
        if (random() < 0.5) {
          signal(pid, 'SIGCONT');
          await new Promise((resolve) => setTimeout(resolve, random() * 20));
        }
      }
      signal(pid, 'SIGKILL');
      killed.add(pid);
    }
    isOver = true;
    await sending;
    await asking;
    await eventually(
      'the actor runs again',
      async () => (await worker.ask('kept', undefined, { timeout: '10s' })) === 0,
    );
    await eventually('nothing waits', () => system.account().waiting === 0);
    const { delivered, dead, lost, sent: counted } = system.account();
    expect(delivered + dead + lost).toBe(counted);
    // What an incarnation reported it got was delivered, or died with the incarnation before that was known.
    const reported = new Set([...reports.values()].flat().map(([, seq]) => seq)).size;
    expect(reported).toBeLessThanOrEqual(delivered + lost);
    expect(sent).toBeLessThanOrEqual(counted);

    let previous = -1;
    for (const report of reports.values()) {
      expect({ seed, faults: faults(report, sent) }).toEqual({ seed, faults: [] });
      // No incarnation gets again what one before it had.
      const first = report[0]?.[1];
      if (first !== undefined) expect(first).toBeGreaterThan(previous);
      previous = Math.max(previous, ...report.map(([, seq]) => seq));
    }
    const senders = new Set(record.received.map(([sender]) => sender));
    for (const sender of senders) {
      const own = record.received.filter(([from]) => from === sender);
      expect({ seed, sender, faults: faults(own, 300) }).toEqual({ seed, sender, faults: [] });
    }
    expect(reports.size).toBeGreaterThan(1);
    expect(senders.size).toBeGreaterThan(1);
  },
  TIMEOUT_MS,
);
