// What becomes of messages for an actor with a process of its own when there are too many, or they wait too long, and which go first:
// whatever its mailbox does with them, the sender's account knows.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  createSystem,
  defineActor,
  oneForOne,
  type ActorSystem,
  type MailboxOptions,
  type RefOf,
  type SupervisionEvent,
} from 'troupe';
import { elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

const Clerk = defineActor(fixtureUrl('clerk.actor.mjs'), {
  urgent: ['keepFirst'],
  handlers: {
    hold: (_state: unknown, _path: string): void => elsewhere(),
    keep: (_state: unknown, _value: number): void => elsewhere(),
    keepFirst: (_state: unknown, _value: number): void => elsewhere(),
    kept: (_state: unknown): readonly number[] => elsewhere(),
  },
});

const open = (transport: string, stopTimeout = '5s'): Promise<ActorSystem> =>
  createSystem({
    name: 'mailboxes',
    transport,
    stopTimeout,
    runtimeDirectory: surroundings.directory,
    logLevel: 'silent',
  });

/** A clerk that is at a message until `release` is called. */
async function heldClerk(
  system: ActorSystem,
  mailbox: MailboxOptions,
): Promise<{ readonly clerk: RefOf<typeof Clerk>; release(): void }> {
  const supervise = oneForOne({ restarts: 3, within: '1m', backoff: [0, 0] });
  const clerk = await system.spawn(Clerk, { in: 'process', mailbox, supervise });
  const file = join(surroundings.directory, `release-${randomUUID()}`);
  clerk.tell('hold', file);
  await eventually('it is at that message', () => system.account().waiting === 0);
  return { clerk, release: () => writeFileSync(file, '') };
}

const keep = (clerk: RefOf<typeof Clerk>, values: readonly number[]): boolean[] =>
  values.map((value) => clerk.tell('keep', value));

describe.each(['unix', 'shm'])('a mailbox in another process that is full, over %s,', (transport) => {
  it('has the newest of all that was sent when it drops the oldest, and the sender knows of the others', async () => {
    await using system = await open(transport);
    const { clerk, release } = await heldClerk(system, { capacity: 4, overflow: 'drop-oldest' });
    const asked = failure(clerk.ask('keep', 0, { timeout: '30s' }));
    const values = Array.from({ length: 500 }, (_, index) => index + 1);
    expect(keep(clerk, values).every((isTaken) => isTaken)).toBe(true);
    await eventually('the others were dropped', () => system.account().dead === 497);
    expect(await asked).toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
    release();
    await eventually('all were handled', () => system.account().waiting === 0);
    expect(await clerk.ask('kept')).toEqual([497, 498, 499, 500]);
    expect(system.account()).toMatchObject({ sent: 503, delivered: 6, dead: 497, lost: 0, waiting: 0 });
  });

  it('has the oldest when it drops the newest, and says so when they are told', async () => {
    await using system = await open(transport);
    const { clerk, release } = await heldClerk(system, { capacity: 4, overflow: 'drop-newest' });
    const reasons: string[] = [];
    system.on('deadLetter', ({ reason }) => reasons.push(reason));
    expect(keep(clerk, [1, 2, 3, 4, 5, 6])).toEqual([true, true, true, true, false, false]);
    expect(await failure(clerk.ask('keep', 7))).toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
    expect(reasons).toEqual(['dropped', 'dropped', 'dropped']);
    release();
    await clerk.ready();
    expect(await clerk.ask('kept')).toEqual([1, 2, 3, 4]);
    expect(system.account()).toMatchObject({ sent: 9, delivered: 6, dead: 3, lost: 0, waiting: 0 });
  });

  it('makes its actor fail when it is to, for its supervisor to decide, and keeps what waits', async () => {
    // So long what it is at may take to return when it fails; here it does not.
    await using system = await open(transport, '1s');
    const { clerk, release } = await heldClerk(system, { capacity: 4, overflow: 'fail' });
    const decisions: SupervisionEvent[] = [];
    system.on('supervision', (event) => decisions.push(event));
    expect(keep(clerk, [1, 2, 3, 4, 5, 6])).toEqual([true, true, false, false, false, false]);
    await eventually('it was started again', () => decisions.length > 0);
    release();
    expect(decisions[0]).toMatchObject({
      type: 'restart',
      reason: { kind: 'error', error: { code: 'TROUPE_MAILBOX_OVERFLOW', details: { capacity: 4 } } },
    });
    await clerk.ready();
    expect(await clerk.ask('kept')).toEqual([1, 2, 3, 4]);
    expect(decisions).toHaveLength(1);
    expect(system.account()).toMatchObject({ sent: 8, delivered: 6, dead: 2, lost: 0, waiting: 0 });
  });
});

describe.each(['unix', 'shm'])('a mailbox in another process, over %s,', (transport) => {
  // By what it drops the sender knows that all has come to it.
  it('lets what is urgent go first', async () => {
    await using system = await open(transport);
    const { clerk, release } = await heldClerk(system, { capacity: 6, overflow: 'drop-oldest' });
    keep(clerk, [0, 1, 2, 3]);
    clerk.tell('keepFirst', 4);
    keep(clerk, [5]);
    clerk.tell('keepFirst', 6);
    await eventually('all have come', () => system.account().dead === 1);
    release();
    await eventually('all were handled', () => system.account().waiting === 0);
    expect(await clerk.ask('kept')).toEqual([4, 6, 1, 2, 3, 5]);
  });

  it('gives up what waited longer than it may', async () => {
    await using system = await open(transport);
    const mailbox = { capacity: 4, overflow: 'drop-oldest', timeToLive: '1s' } as const;
    const { clerk, release } = await heldClerk(system, mailbox);
    keep(clerk, [0, 1, 2, 3]);
    const asked = failure(clerk.ask('keep', 4, { timeout: '30s' }));
    await eventually('all have come', () => system.account().dead === 1);
    await setTimeout(1100);
    release();
    expect(await asked).toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
    await eventually('all have expired', () => system.account().dead === 5);
    expect(await clerk.ask('kept')).toEqual([]);
    expect(system.account()).toMatchObject({ sent: 7, delivered: 2, dead: 5, lost: 0, waiting: 0 });
  });
});
