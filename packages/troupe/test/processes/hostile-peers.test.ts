// Somebody connects who is no node, or a node gone wrong: a stranger of this user on the control socket or on a lane, another
// version, another system, another user. The runtime survives, believes nothing of it, and says why.
import { describe, expect, it } from '@jest/globals';
import { removeJournalledObjects } from '@troupe/posix';
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSystem, defineActor, oneForOne, type ActorSystem, type TransportOptions } from 'troupe';
import { PROTOCOL_VERSION } from '../../../core/src/control/control-message.ts';
import { down, FIXTURES, fixtureUrl, Worker } from '../actors.ts';
import { eventually, failure, soon } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

/** Writes positions that cannot be into the rings of its process, once it is told to. */
const Spoiler = defineActor(fixtureUrl('spoils-rings.actor.mjs'), {
  handlers: { echo: (_state: unknown, value: string): string => value, spoil: (): void => undefined },
});

interface Watched extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly log: string[];
  readonly socket: string;
}

async function open(transport: TransportOptions = { name: 'unix' }): Promise<Watched> {
  const log: string[] = [];
  const write = (message: string, ...details: unknown[]): void =>
    void log.push([message, ...details].join(' '));
  const system = await createSystem({
    name: 'hostile',
    runtimeDirectory: surroundings.directory,
    transport,
    startTimeout: '5s',
    logger: { debug: write, info: write, warn: write, error: write },
  });
  const socket = join(surroundings.directory, 'hostile', system.node, 'control.sock');
  return { system, log, socket, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Writes `bytes` and resolves with what came back when the other side has closed. */
async function provoke(path: string, bytes: Uint8Array): Promise<Buffer> {
  const socket = await connect(path);
  const answer: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => answer.push(chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(bytes);
  await soon('the stranger is turned away', closed);
  return Buffer.concat(answer);
}

/** What fixtures/stranger.mjs reports when user 65534 runs it. */
async function callAsNobody(path: string): Promise<unknown> {
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
  const { stdout } = await promisify(execFile)('setpriv', [...nobody, join(FIXTURES, 'stranger.mjs'), path], {
    timeout: 20_000,
  });
  return JSON.parse(stdout);
}

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** A small MessagePack writer for maps of texts and small numbers: what a node of another version might say. */
function packed(value: Readonly<Record<string, string | number>>): Buffer {
  const text = (from: string): Buffer => Buffer.concat([Buffer.from([0xd9, from.length]), Buffer.from(from)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    Buffer.from([0x80 | entries.length]),
    ...entries.flatMap(([key, part]) => [
      text(key),
      typeof part === 'string' ? text(part) : Buffer.from([part]),
    ]),
  ]);
}

const hello = { type: 'hello', protocol: PROTOCOL_VERSION, system: 'hostile', node: 'a'.repeat(32), pid: 1 };

describe('on the control socket', () => {
  it.each([
    ['a request of a browser', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a length beyond every bound', Buffer.from([255, 255, 255, 255])],
    ['a length beyond what a stranger may send', Buffer.from([1, 16, 0, 0])],
    ['a body that is no message', framed(Buffer.from([0xc1, 0xc1, 0xc1, 0xc1]))],
    ['an empty body', framed(Buffer.alloc(0))],
    ['a message of an unknown type', framed(packed({ ...hello, type: 'hullo' }))],
    [
      'a hello without a node',
      framed(packed({ type: 'hello', protocol: PROTOCOL_VERSION, system: 'hostile', pid: 1 })),
    ],
    ['a node that is a path', framed(packed({ ...hello, node: '../../etc' }))],
    ['a command before the greeting', framed(packed({ type: 'stop', actor: 1, watcher: 0, timeoutMs: 1 }))],
    ['nested maps without end', framed(Buffer.alloc(4000, 0x81))],
  ])('%s is turned away, and the log says why', async (_what, bytes) => {
    await using run = await open();
    await provoke(run.socket, bytes);
    await eventually('the log says why', () => run.log.length > 0);
    const worker = await run.system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });

  it.each([
    ['version', { ...hello, protocol: 99 }, 'protocol'],
    ['system', { ...hello, system: 'other' }, "'hostile', not 'other'"],
  ])('a node of another %s is told what is wrong', async (_what, greeting, reason) => {
    await using run = await open();
    expect((await provoke(run.socket, framed(packed(greeting)))).toString('latin1')).toContain(reason);
  });

  it('a node that greets well and then sends nonsense is disconnected, and does no harm', async () => {
    await using run = await open();
    const greeting = framed(packed(hello));
    await provoke(run.socket, Buffer.concat([greeting, framed(Buffer.from([0xc1]))]));
    const stop = framed(packed({ type: 'stop', actor: 99, watcher: 0, timeoutMs: 1 }));
    const offer = framed(packed({ type: 'offer', offer: 'nothing' }));
    await provoke(
      run.socket,
      Buffer.concat([framed(packed({ ...hello, node: 'b'.repeat(32) })), stop, offer]),
    );
    const worker = await run.system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });

  it('strangers that say nothing keep nobody out, and are turned away in the end', async () => {
    await using run = await open();
    const silent = await Promise.all(
      Array.from({ length: 100 }, () => connect(run.socket).catch(() => undefined)),
    );
    const closed = silent.map(
      (socket) =>
        new Promise<void>((resolve) => {
          if (socket === undefined || socket.destroyed) resolve();
          else
            socket
              .once('close', () => resolve())
              .on('error', () => undefined)
              .resume();
        }),
    );
    const worker = await run.system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
    await soon('they are turned away', Promise.all(closed));
  });

  it('a process of another user is turned away before a byte of it is read', async () => {
    await using run = await open();
    // Its own directories let nobody in: the door is opened here to see that there is another behind it.
    const path = join(surroundings.directory, 'hostile');
    const doors = [surroundings.directory, path, join(path, run.system.node)];
    for (const directory of doors) chmodSync(directory, 0o755);
    chmodSync(run.socket, 0o777);
    expect(await callAsNobody(run.socket)).toEqual({ connected: true, received: 0, closed: true });
    for (const directory of doors) chmodSync(directory, 0o700);
    await eventually('the log names the user', () => run.log.some((line) => line.includes('65534')));
    const worker = await run.system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });

  it('the directories of a system let no other user in', async () => {
    await using run = await open();
    chmodSync(surroundings.directory, 0o755);
    expect(await callAsNobody(run.socket)).toEqual({ error: 'EACCES' });
    chmodSync(surroundings.directory, 0o700);
  });
});

describe('on a lane', () => {
  it.each([
    ['a length beyond every bound', Buffer.from([255, 255, 255, 255, 1, 2, 3])],
    ['a frame that is none', framed(Buffer.alloc(64, 0xc1))],
    ['an empty frame', framed(Buffer.alloc(0))],
    ['a whole frame without an envelope', framed(Buffer.from([0]))],
    ['a long row of zeros', Buffer.alloc(200_000)],
  ])('%s ends the link to whoever sent it, and the log says why', async (_what, bytes) => {
    await using run = await open();
    const control = await connect(run.socket);
    const closed = new Promise<void>((resolve) =>
      control.once('close', () => resolve()).on('error', () => undefined),
    );
    let heard = '';
    control.on('data', (chunk) => (heard += chunk.toString('latin1')));
    control.write(framed(packed(hello)));
    await eventually('a lane is offered', () => /[\x20-\x7e]+\.sock/.test(heard));
    const path = heard.slice(heard.indexOf(surroundings.directory)).match(/^[\x20-\x7e]+?\.sock/)?.[0] ?? '';
    const lane = await connect(path);
    lane.on('error', () => undefined);
    lane.write(bytes);
    await soon('the link is ended', closed);
    lane.destroy();
    await eventually('the log says why', () => run.log.length > 0);
    const worker = await run.system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 'alive')).toBe('alive');
  });
});

describe('the runtime directory', () => {
  const refused = async (directory: string): Promise<string> => {
    const error = await failure(
      createSystem({ name: 'hostile', runtimeDirectory: directory, logLevel: 'silent' }),
    );
    expect(error.code).toBe('TROUPE_RUNTIME_DIRECTORY');
    expect(error.message).toContain(directory);
    return error.message;
  };

  it('that others may enter is refused', async () => {
    for (const mode of [0o777, 0o755, 0o710, 0o701]) {
      chmodSync(surroundings.directory, mode);
      expect(await refused(surroundings.directory)).toContain(mode.toString(8));
    }
    chmodSync(surroundings.directory, 0o700);
  });

  it('that is a link, a file, or belongs to another user is refused', async () => {
    const at = (name: string): string => join(surroundings.scratch, name);
    symlinkSync(surroundings.directory, at('link'));
    writeFileSync(at('file'), '');
    mkdirSync(at('theirs'), { mode: 0o700 });
    chownSync(at('theirs'), 65534, 65534);
    expect(await refused(at('link'))).toContain('no directory');
    expect(await refused(at('file'))).toContain('no directory');
    expect(await refused(at('theirs'))).toContain('uid 65534');
  });

  it('in which the directory of the system was put by somebody else is refused', async () => {
    symlinkSync(surroundings.scratch, join(surroundings.directory, 'hostile'));
    await refused(surroundings.directory);
    expect(readdirSync(surroundings.scratch)).toEqual([]);
    rmSync(join(surroundings.directory, 'hostile'));
    mkdirSync(join(surroundings.directory, 'hostile'), { mode: 0o777 });
    chmodSync(join(surroundings.directory, 'hostile'), 0o777);
    await refused(surroundings.directory);
    rmSync(join(surroundings.directory, 'hostile'), { recursive: true });
  });

  it('whose path is too long for a socket is refused, and nothing of the try stays', async () => {
    const directory = join(surroundings.directory, 'd'.repeat(80));
    const descriptors = readdirSync('/proc/self/fd').length;
    const error = await failure(
      createSystem({ name: 'hostile', runtimeDirectory: directory, logLevel: 'silent' }),
    );
    expect(error.code).toBe('TROUPE_RUNTIME_DIRECTORY');
    expect(error.message).toContain('TROUPE_RUNTIME_DIR');
    expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});

describe('a child that spoils the memory it shares', () => {
  it('is let go of within seconds, and every message is accounted for', async () => {
    await using watched = await open({ name: 'shm', capacityBytes: '16KiB' });
    const { system, log } = watched;
    const spoiler = await system.spawn(Spoiler, { in: 'process' });
    expect(await spoiler.ask('echo', 'in order')).toBe('in order');
    spoiler.tell('spoil');
    const told = 1000;
    const ended = down(system, spoiler);
    for (let number = 0; number < told; number += 1) spoiler.tell('echo', 'x'.repeat(1000));
    await soon('the spoiler is down', ended);
    expect((await failure(spoiler.ask('echo', 'once more'))).code).toBe('TROUPE_ACTOR_STOPPED');
    const { sent, delivered, dead, lost, waiting } = system.account();
    expect(waiting).toBe(0);
    expect(delivered + dead + lost).toBe(sent);
    expect(log.join('\n')).toContain('its process exited');
  });

  it('is started again by its supervisor, and answers', async () => {
    await using watched = await open({ name: 'shm', capacityBytes: '16KiB', wakeUp: 'futex' });
    const { system, log } = watched;
    const supervise = oneForOne({ backoff: [0, 0] });
    const spoiler = await system.spawn(Spoiler, { in: 'process', supervise });
    spoiler.tell('spoil');
    // Whichever side notices first, once a ring is full.
    await eventually('it is restarted', () => {
      for (let number = 0; number < 100; number += 1) spoiler.tell('echo', 'x'.repeat(1000));
      return log.join('\n').includes('is restarted');
    });
    const isBack = async (): Promise<boolean> =>
      (await spoiler.ask('echo', 'back', { timeout: '1s' }).catch(() => undefined)) === 'back';
    await eventually('it is there again', isBack);
    await system.stop();
    const { sent, delivered, dead, lost, waiting } = system.account();
    expect([waiting, delivered + dead + lost]).toEqual([0, sent]);
  });
});

describe('a semaphore that is removed while a system sleeps on it', () => {
  it('ends its processes, says what may have removed it, and is another for the next ones', async () => {
    await using watched = await open({ name: 'shm', wakeUp: 'sysv-sem' });
    const { system, log } = watched;
    const worker = await system.spawn(Worker, { in: 'process' });
    expect(await worker.ask('echo', 1)).toBe(1);
    const ended = down(system, worker);
    const removed = removeJournalledObjects(join(surroundings.directory, 'hostile', system.node));
    expect(removed.map(({ kind }) => kind)).toEqual(['sysv-semaphore']);
    await soon('the worker is down', ended);
    expect(log.join('\n')).toMatch(/System V semaphore \d+.* was removed.*ipcrm.*RemoveIPC/);
    const next = await system.spawn(Worker, { in: 'process' });
    expect(await next.ask('echo', 2)).toBe(2);
  });
});
