// Actors in workers of node:cluster: they share the ports they listen on, and are looked after like actors in any process.
import { describe, expect, it } from '@jest/globals';
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { get, type Agent } from 'node:http';
import { createSystem, defineActor, oneForOne, type ActorSystem, type SupervisionEvent } from 'troupe';
import { down, elsewhere, fixtureUrl } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { descriptorCount, processesOfThisTest, watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

const Server = defineActor(fixtureUrl('server.actor.mjs'), {
  init: (_context, args: { port: number }) => args,
  handlers: {
    pid: (_state: unknown): number => elsewhere(),
    port: (_state: unknown): number => elsewhere(),
    open: (_state: unknown): number => elsewhere(),
    fail: (_state: unknown): void => elsewhere(),
  },
});

const supervise = oneForOne({ restarts: 1000, within: '1m', backoff: [0, 0] });

async function open(transport = 'unix', warmProcesses = 0): Promise<ActorSystem> {
  const { directory: runtimeDirectory } = surroundings;
  return createSystem({ name: 'cluster', transport, runtimeDirectory, logLevel: 'silent', warmProcesses });
}

/** What the server answers, on a connection of its own unless `agent` has one. */
function request(port: number, path = '/', agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (text: string) => (body += text))
        .on('end', () => resolve(body))
        .on('error', reject);
    });
    asked.on('error', reject).setTimeout(30_000, () => asked.destroy(new Error('it was never answered')));
  });
}

/** Connections to `port`, as the kernel knows them. */
function connectionsTo(port: number): number {
  const local = new RegExp(
    `^ *\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 01 `,
    'gm',
  );
  return readFileSync('/proc/net/tcp', 'latin1').match(local)?.length ?? 0;
}

const members = (system: ActorSystem): readonly number[] =>
  system
    .actors()
    .flatMap(({ label, state, pid = 0 }) => (label.includes('/') && state === 'running' ? [pid] : []));

const allRun = (system: ActorSystem, count: number): Promise<void> =>
  eventually(`${String(count)} members run`, () => members(system).length === count);

describe.each(['unix', 'shm'])('a pool in workers of node:cluster, over %s', (transport) => {
  it('serves one port with all its members, also while they are killed one after the other', async () => {
    const { settings } = cluster;
    const system = await open(transport);
    const descriptors = descriptorCount();
    const pool = await system.spawnPool(Server, { in: { cluster: 2 }, args: { port: 0 }, supervise });
    const port = await pool.ask('port');
    const first = members(system);
    const served = new Set<string>();
    for (let number = 0; number < 10; number += 1) served.add(await request(port));
    expect(served).toEqual(new Set(first.map(String)));

    let isOver = false;
    const lost: unknown[] = [];
    const client = async (): Promise<void> => {
      while (!isOver) {
        // Who was connected to the one that was killed connects again, once.
        const again = (error: unknown): Promise<string> => {
          lost.push(error);
          return request(port);
        };
        served.add(await request(port).catch(again));
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (let kills = 0; kills < 4; kills += 1) {
      await allRun(system, 2);
      const before = served.size;
      process.kill(members(system)[kills % 2] ?? 0, 'SIGKILL');
      await eventually('the one that took its place serves', () => served.size > before);
    }
    isOver = true;
    await soon('every client is served', Promise.all(clients));
    expect(served.size).toBe(6);
    expect(lost.every((error) => (error as { code?: string }).code === 'ECONNRESET')).toBe(true);

    await pool.stop();
    expect(await failure(request(port))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(processesOfThisTest()).toEqual([]);
    expect(cluster.workers).toEqual({});
    expect(cluster.settings).toBe(settings);
    await eventually('no descriptor is left', () => descriptorCount() <= descriptors);
    await system.stop();
  });
});

describe('a connection', () => {
  it('that was on its way to a worker which is killed is served by another', async () => {
    await using system = await open();
    const pool = await system.spawnPool(Server, { in: { cluster: 2 }, args: { port: 0 }, supervise });
    const port = await pool.ask('port');
    const [stopped = 0, other] = members(system);
    process.kill(stopped, 'SIGSTOP');
    // The first two are offered to one each; the worker that is stopped never takes its own.
    let answered = 0;
    const requests = Array.from({ length: 6 }, async () => {
      const answer = await request(port);
      answered += 1;
      return answer;
    });
    await eventually('the other has served what it could', () => answered >= 5);
    process.kill(stopped, 'SIGKILL');
    const answers = await soon('all are answered', Promise.all(requests));
    expect(answers.filter((pid) => pid === String(other)).length).toBeGreaterThanOrEqual(5);
  });

  it('that was on its way to the only worker is closed when that is killed', async () => {
    await using system = await open();
    const server = await system.spawn(Server, { in: 'cluster', args: { port: 0 } });
    const port = await server.ask('port');
    const [{ pid = 0 } = {}] = system.actors();
    const ended = down(system, server);
    process.kill(pid, 'SIGSTOP');
    const refused = [failure(request(port)), failure(request(port))];
    // They are accepted by this process, which is the primary.
    await eventually('both are on their way', () => connectionsTo(port) === 2);
    process.kill(pid, 'SIGKILL');
    expect((await ended).reason).toEqual({ kind: 'signal', name: 'SIGKILL' });
    for (const { code } of await Promise.all(refused)) expect(code).toBe('ECONNRESET');
  });
});

describe('an actor in a worker of node:cluster', () => {
  it('that is stopped answers what it has accepted, ends in order and frees its port', async () => {
    await using system = await open();
    const pool = await system.spawnPool(Server, {
      in: { cluster: 2 },
      args: { port: 0 },
      router: 'broadcast',
    });
    const port = await pool.ask('port');
    const ended = down(system, pool);
    const pids = members(system).map(String);
    const slow = [request(port, '/slow'), request(port, '/slow')];
    // Each member in turn.
    const opened = async (): Promise<number> => (await pool.ask('open')) + (await pool.ask('open'));
    await eventually('both requests are being answered', async () => (await opened()) === 2);
    await soon('the pool stops', pool.stop({ timeout: '30s' }));
    expect((await Promise.all(slow)).sort()).toEqual(pids.sort());
    expect((await ended).reason).toEqual({ kind: 'normal' });
    expect(await failure(request(port))).toMatchObject({ code: 'ECONNREFUSED' });
    const next = await system.spawn(Server, { in: 'cluster', args: { port } });
    expect(await request(port)).toBe(String(await next.ask('pid')));
  });

  it('is started again in another worker when it fails, as often as its strategy allows', async () => {
    // What is inherited for pipes has its place beside the channel of node:cluster.
    await using system = await open('pipe', 1);
    await eventually('a process waits', () => system.warmProcesses === 1);
    // It is no worker, and is not taken.
    const events: SupervisionEvent[] = [];
    system.on('supervision', (event) => events.push(event));
    const server = await system.spawn(Server, {
      in: 'cluster',
      args: { port: 0 },
      supervise: oneForOne({ restarts: 1, within: '1m', backoff: [0, 0] }),
    });
    const ended = down(system, server);
    const first = await server.ask('pid');
    expect(Object.values(cluster.workers ?? {}).map((worker) => worker?.process.pid)).toEqual([first]);
    expect(await failure(server.ask('fail'))).toMatchObject({ message: 'no service today' });
    let second = first;
    await eventually('it runs in another', async () => {
      second = await server.ask('pid').catch(() => first);
      return second !== first;
    });
    expect(await request(await server.ask('port'))).toBe(String(second));
    process.kill(second, 'SIGKILL');
    expect((await ended).reason).toEqual({ kind: 'signal', name: 'SIGKILL' });
    expect(events.map(({ type }) => type)).toEqual(['restart', 'stop']);
  });
});

interface Facts {
  readonly events: readonly string[];
  readonly pid: number;
  readonly settingsAreKept: boolean;
  readonly workers: number;
  readonly port: number;
  readonly flag: unknown;
  readonly members: readonly { readonly pid: number; readonly restarts: number }[];
}

it('a program with workers of its own is not disturbed, and its workers reach all actors', async () => {
  const program = await startProgram(
    { name: 'cluster', runtimeDirectory: surroundings.directory },
    {
      environment: surroundings.environment,
      file: 'cluster-program.mjs',
      flags: ['--import', 'data:text/javascript,globalThis.flagOfTheProgram=7'],
    },
  );
  const facts = (): Promise<Facts> => program.call('facts') as Promise<Facts>;
  const before = await facts();
  // What the program itself has set up, and nothing else.
  expect(before).toMatchObject({ events: ['setup'], settingsAreKept: true, workers: 2, flag: 7 });

  const answers = (await program.call('forkOwn')) as readonly Record<string, unknown>[];
  const own = answers.map(({ pid }) => pid);
  for (const [index, answer] of answers.entries())
    expect(answer).toMatchObject({
      argument: 'of the program',
      primary: before.pid,
      sibling: own[1 - index],
      refusal: 'TROUPE_START_FAILED',
    });
  for (const { server } of answers) expect(before.members.map(({ pid }) => pid)).toContain(server);
  expect(await program.call('spawnInThread')).toMatchObject({ code: 'TROUPE_START_FAILED' });

  await program.call('killMember', before.members[0]?.pid);
  await eventually('it runs again', async () =>
    (await facts()).members.some(({ restarts }) => restarts === 1),
  );
  expect(await request(before.port)).toMatch(/^\d+$/);
  await program.call('killOwn');
  const { events, settingsAreKept, workers } = await facts();
  expect({ settingsAreKept, workers }).toEqual({ settingsAreKept: true, workers: 3 });
  // Each `fork` sets up anew; of workers only the program's own are heard of.
  expect(events.filter((event) => event !== 'setup').sort()).toEqual([
    'disconnect 3',
    'exit 3',
    'fork 3',
    'fork 4',
    'online 3',
    'online 4',
  ]);
  expect(await program.call('disconnect')).toEqual({ kind: 'normal' });
  expect(await program.leave()).toBe(0);
});

it('the workers die with their program, also those that are busy', async () => {
  const program = await startProgram(
    { name: 'cluster', runtimeDirectory: surroundings.directory },
    { environment: surroundings.environment, file: 'cluster-program.mjs' },
  );
  await program.call('spin');
  program.kill('SIGKILL');
  await program.exited;
  await eventually('no process is left', () => processesOfThisTest().length === 0);
  // The next one cleans up.
  await (await open()).stop();
});
