// Programs that were started separately and share nothing but the name of their system: they find each other, talk both
// ways, watch each other, and survive each other's end.
import { describe, expect, it } from '@jest/globals';
import type { SystemOptions } from 'troupe';
import { eventually } from '../eventually.ts';
import { filesIn, watchForLeaks } from '../leak-oracle.ts';
import { startProgram, type Program } from '../program.ts';

const surroundings = watchForLeaks();
const transports = ['unix', 'fifo', 'pipe', 'posix-mq', 'sysv-mq'] as const;

function join(transport: string, more: SystemOptions = {}): Promise<Program> {
  const { directory, environment } = surroundings;
  return startProgram({ name: 'town', transport, runtimeDirectory: directory, ...more }, { environment });
}

async function leaveAll(...programs: readonly Program[]): Promise<void> {
  expect(await Promise.all(programs.map((program) => program.leave()))).toEqual(programs.map(() => 0));
}

describe.each(transports)('over %s', (transport) => {
  it('two programs find each other by name, ask both ways and watch each other', async () => {
    const [one, two] = await Promise.all([join(transport), join(transport)]);
    await Promise.all([one.call('spawn', 'a', { name: 'a' }), two.call('spawn', 'b', { name: 'b' })]);
    expect(await Promise.all([one.call('find', 'b', 'b'), two.call('find', 'a', 'town/a')])).toEqual([
      true,
      true,
    ]);
    expect(await one.call('ask', 'b', 'echo', { from: 'one' })).toEqual({ from: 'one' });
    expect(await two.call('ask', 'a', 'echo', { from: 'two' })).toEqual({ from: 'two' });
    await one.call('watch', 'b');
    await two.call('watch', 'a');
    two.kill('SIGKILL');
    expect(await two.exited).toBe('SIGKILL');
    await eventually('down comes', () => one.notices.length > 0);
    expect(one.notices).toEqual([
      {
        down: 'b',
        kind: 'unreachable',
        message: expect.stringContaining(String(two.pid)),
        lost: 0,
        nameIsFree: true,
      },
    ]);
    await one.call('spawn', 'again', { name: 'b' });
    await leaveAll(one);
  });

  it('an actor that stops in one program is told in the other, with the reason', async () => {
    const [one, two] = await Promise.all([join(transport), join(transport)]);
    for (const [name, message] of [
      ['stops', undefined],
      ['fails', 'on purpose'],
    ] as const) {
      await one.call('spawn', name, { name });
      await two.call('find', name, name);
      await two.call('watch', name);
      if (message === undefined) await two.call('stopActor', name);
      else await two.call('tell', name, 'fail', { message });
    }
    await eventually('both ends are told', () => two.notices.length === 2);
    expect(two.notices).toMatchObject([
      { down: 'stops', kind: 'normal', nameIsFree: true },
      { down: 'fails', kind: 'error', message: 'on purpose', nameIsFree: true },
    ]);
    await leaveAll(one, two);
  });

  it('what a program told before process.exit() arrives', async () => {
    const [one, two] = await Promise.all([join(transport), join(transport)]);
    await one.call('spawn', 'a', { name: 'a' });
    await two.call('find', 'a', 'a');
    await two.call('ask', 'a', 'kept');
    two.send('tellAndExit', 'a', 2000, 1000);
    expect(await two.exited).toBe(0);
    await eventually('all has come', async () => (await one.call('ask', 'a', 'kept')) === 2000);
    await leaveAll(one);
  });

  it('a program that is stopped neither loses its peers nor holds them up when they leave', async () => {
    const [one, two] = await Promise.all([join(transport), join(transport)]);
    await one.call('spawn', 'a', { name: 'a' });
    await two.call('find', 'a', 'a');
    await two.call('ask', 'a', 'kept');
    await two.call('watch', 'a');
    one.kill('SIGSTOP');
    const refused = await two.call('flood', 'a', 20_000, 1000);
    expect(refused).toBeGreaterThan(0);
    const { sent, dead, waiting, delivered, lost } = (await two.call('account')) as Readonly<
      Record<string, number>
    >;
    expect(dead).toBe(refused);
    expect((delivered ?? 0) + (dead ?? 0) + (lost ?? 0) + (waiting ?? 0)).toBe(sent);
    expect(two.notices).toEqual([]);
    expect(await two.leave()).toBe(0);
    one.kill('SIGCONT');
    // It hears of the end of the other, and goes on.
    expect(await one.call('ask', 'a', 'echo', 'alive')).toBe('alive');
    await leaveAll(one);
  });

  it('a ref that came from a third program works, and goes on working when that program is gone', async () => {
    const [one, two, three] = await Promise.all([join(transport), join(transport), join(transport)]);
    await one.call('spawn', 'a', { name: 'a' });
    await two.call('find', 'a', 'a');
    await two.call('spawn', 'b', { name: 'b' });
    await two.call('tell', 'b', 'keepRef', { $ref: 'a' });
    await three.call('find', 'b', 'b');
    await three.call('askForRef', 'b', 'echo', { $ref: 'b' }, 'b itself');
    expect(await three.call('ask', 'b', 'askKept', { type: 'echo', payload: 1 })).toBe(1);
    await three.call('spawn', 'c', { name: 'c' });
    await one.call('find', 'b of one', 'b');
    await one.call('askForRef', 'b of one', 'find', 'c', 'c');
    two.kill('SIGKILL');
    await two.exited;
    expect(await one.call('ask', 'c', 'echo', 'still here')).toBe('still here');
    await leaveAll(one, three);
  });
});

it('names are exclusive: of eight programs that claim one at once, one gets it', async () => {
  const programs = await Promise.all(Array.from({ length: 8 }, () => join('unix')));
  for (let round = 0; round < 5; round += 1) {
    const claims = await Promise.allSettled(
      programs.map((program) =>
        program.call('spawn', `one ${String(round)}`, { name: `only ${String(round)}` }),
      ),
    );
    const refusals = claims.flatMap((claim) =>
      claim.status === 'rejected' ? [claim.reason as { code: string }] : [],
    );
    expect(refusals.map(({ code }) => code)).toEqual(Array<string>(7).fill('TROUPE_NAME_TAKEN'));
  }
  await leaveAll(...programs);
});

it('programs that connect to each other at the same moment end up with one connection each', async () => {
  const programs = await Promise.all(Array.from({ length: 4 }, () => join('unix')));
  for (let round = 0; round < 3; round += 1) {
    const own = await Promise.all(Array.from({ length: 2 }, () => join('unix')));
    const all = [...programs, ...own];
    await Promise.all(
      all.map((program, index) => program.call('spawn', 'me', { name: `${String(round)}-${String(index)}` })),
    );
    const answers = await Promise.all(
      all.flatMap((program) =>
        all.map(async (_, index) => {
          const name = `${String(round)}-${String(index)}`;
          await program.call('find', name, name);
          return program.call('ask', name, 'echo', index);
        }),
      ),
    );
    expect(answers).toEqual(all.flatMap(() => all.map((_, index) => index)));
    await leaveAll(...own);
  }
  await leaveAll(...programs);
});

it('names of a killed program are free for the next one that looks', async () => {
  const one = await join('unix');
  await one.call('spawn', 'a', { name: 'a' });
  one.kill('SIGKILL');
  await one.exited;
  const two = await join('unix');
  expect(await two.call('find', 'a', 'a')).toBe(false);
  await two.call('spawn', 'a', { name: 'a' });
  await leaveAll(two);
});

it('finding waits for somebody to claim the name, and for no longer than it is told', async () => {
  const [one, two] = await Promise.all([join('unix'), join('unix')]);
  const found = one.call('find', 'late', 'late', { timeout: '20s' });
  expect(await one.call('find', 'nobody', 'nobody', { timeout: 50 })).toBe(false);
  await two.call('spawn', 'late', { name: 'late' });
  expect(await found).toBe(true);
  await leaveAll(one, two);
});

it('an error that cannot travel whole still tells the other program what failed', async () => {
  const [one, two] = await Promise.all([join('unix'), join('unix')]);
  await one.call('spawn', 'a', { name: 'a' });
  await two.call('find', 'a', 'a');
  await two.call('watch', 'a');
  await expect(two.call('ask', 'a', 'failWithFunction')).rejects.toThrow('a part of it stays here');
  await eventually('down comes', () => two.notices.length > 0);
  expect(two.notices).toMatchObject([{ down: 'a', kind: 'error', message: 'a part of it stays here' }]);
  await leaveAll(one, two);
});

it('programs that come and go at the same time leave nothing and lose nobody', async () => {
  const stays = await join('unix');
  await stays.call('spawn', 'a', { name: 'a' });
  for (let round = 0; round < 3; round += 1) {
    const guests = await Promise.all(Array.from({ length: 5 }, () => join('unix')));
    await Promise.all(guests.map((guest) => guest.call('find', 'a', 'a')));
    expect(await Promise.all(guests.map((guest) => guest.call('ask', 'a', 'echo', round)))).toEqual(
      guests.map(() => round),
    );
    for (const guest of guests.slice(0, 2)) guest.kill('SIGKILL');
    await Promise.all(guests.slice(0, 2).map((guest) => guest.exited));
    await leaveAll(...guests.slice(2));
  }
  // Its own directory, socket and lock, and the name it holds.
  await eventually('only its own files are left', () => filesIn(surroundings.directory).length <= 6);
  await leaveAll(stays);
});
