// A receiver that stands still must not make its sender grow: what does not fit is refused, visibly, and whoever waits for
// room loses nothing. The receiver is stopped by a signal, which it cannot notice, and goes on later.
import { expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();
const MIB = 1024 * 1024;
const MESSAGES = 300_000;
const CAP_BYTES = 8 * MIB;

interface Account {
  readonly sent: number;
  readonly delivered: number;
  readonly dead: number;
  readonly lost: number;
  readonly waiting: number;
}

it.each(['shm', 'unix', 'fifo', 'pipe', 'posix-mq', 'sysv-mq'])(
  'over %s a sender stays small while its receiver is stopped',
  async (transport) => {
    const { directory, environment } = surroundings;
    const program = await startProgram(
      { name: 'bounds', transport, runtimeDirectory: directory },
      { environment },
    );
    const mailbox = { capacity: 100_000, maxBytes: CAP_BYTES };
    await program.call('spawn', 'child', { in: 'process', mailbox });
    const pid = Number(await program.call('ask', 'child', 'pid'));
    // What only the first messages cost, of code, heap and pages of the lane, is not what is measured.
    process.kill(pid, 'SIGSTOP');
    await program.call('flood', 'child', 50_000, 1024);
    process.kill(pid, 'SIGCONT');
    await eventually(
      'all is delivered',
      async () => ((await program.call('account')) as Account).waiting === 0,
    );
    const { sent: before, dead: deadBefore } = (await program.call('account')) as Account;
    const beforeBytes = Number(await program.call('memory'));
    process.kill(pid, 'SIGSTOP');
    const refused = Number(await program.call('flood', 'child', MESSAGES, 1024));
    const grownBytes = Number(await program.call('memory')) - beforeBytes;
    const stopped = (await program.call('account')) as Account;
    expect(grownBytes).toBeLessThan(CAP_BYTES + 32 * MIB);
    expect(stopped.sent - before).toBe(MESSAGES);
    expect(stopped.dead - deadBefore).toBe(refused);
    expect(stopped.waiting).toBeGreaterThan(0);
    expect(stopped.delivered + stopped.dead + stopped.lost + stopped.waiting).toBe(stopped.sent);
    process.kill(pid, 'SIGCONT');
    await eventually(
      'all is delivered',
      async () => ((await program.call('account')) as Account).waiting === 0,
    );
    const after = (await program.call('account')) as Account;
    expect(after).toMatchObject({ sent: stopped.sent, dead: stopped.dead, lost: 0, waiting: 0 });
    expect(await program.call('ask', 'child', 'kept')).toBe(after.sent - after.dead - 1);
    expect(await program.leave()).toBe(0);
  },
);

it('a sender that waits for room loses nothing to a receiver that is slow', async () => {
  const { directory, environment } = surroundings;
  const program = await startProgram({ name: 'bounds', runtimeDirectory: directory }, { environment });
  await program.call('spawn', 'slow', { in: 'process', mailbox: { capacity: 64 } });
  await program.call('spawn', 'sender', { in: 'process' });
  const pid = Number(await program.call('ask', 'slow', 'pid'));
  const told = { to: { $ref: 'slow' }, type: 'keep', count: 20_000, payload: 'x'.repeat(200) };
  const sending = program.call('ask', 'sender', 'tellPatiently', told, { timeout: '30s' });
  for (let pause = 0; pause < 5; pause += 1) {
    process.kill(pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(pid, 'SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await sending;
  // What still waits for the slow one fills its mailbox, also for an ask of the program.
  await eventually('all has come', async () => {
    const kept = await program.call('ask', 'slow', 'kept').catch((error: unknown) => error);
    return kept === 20_000;
  });
  expect(await program.leave()).toBe(0);
});

it('asks that time out at a stopped receiver leave nothing behind in the sender', async () => {
  const { directory, environment } = surroundings;
  const program = await startProgram({ name: 'bounds', runtimeDirectory: directory }, { environment });
  await program.call('spawn', 'child', { in: 'process' });
  const pid = Number(await program.call('ask', 'child', 'pid'));
  process.kill(pid, 'SIGSTOP');
  const asks = Array.from({ length: 200 }, () =>
    program.call('ask', 'child', 'keep', undefined, { timeout: 50 }),
  );
  const outcomes = await Promise.allSettled(asks);
  expect(
    outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : '',
    ),
  ).toEqual(Array<string>(200).fill('TROUPE_ASK_TIMEOUT'));
  process.kill(pid, 'SIGCONT');
  await eventually(
    'the account closes',
    async () => ((await program.call('account')) as Account).waiting === 0,
  );
  expect(await program.call('ask', 'child', 'echo', 'alive')).toBe('alive');
  expect(await program.leave()).toBe(0);
});
