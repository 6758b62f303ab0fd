// A signal as a wake-up: who gets it, who does not, and that it harms nobody, however late it comes.
import { afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { closeDescriptor, waitDescriptor } from '../src/descriptor.ts';
import { openProcess } from '../src/process.ts';
import {
  clearSignalDescriptor,
  createSignalBell,
  ringThread,
  type SignalBell,
} from '../src/signal-descriptor.ts';

const opened: SignalBell[] = [];

function open(): SignalBell {
  const bell = createSignalBell();
  opened.push(bell);
  return bell;
}

afterEach(() => {
  for (const bell of opened.splice(0)) bell.close();
});

describe('a bell rung by a signal', () => {
  it('is readable from the first ring until it was cleared', () => {
    const { descriptor, thread, signal } = open();
    expect(waitDescriptor(descriptor, 'readable', 0)).toBe(false);
    expect(clearSignalDescriptor(descriptor)).toBe(false);
    for (let ring = 0; ring < 3; ring += 1) expect(ringThread(thread, signal)).toBe('rung');
    expect(waitDescriptor(descriptor, 'readable', 30_000)).toBe(true);
    expect(clearSignalDescriptor(descriptor)).toBe(true);
    expect(waitDescriptor(descriptor, 'readable', 0)).toBe(false);
  });

  it('is rung apart from others of the same thread', () => {
    const one = open();
    const other = open();
    expect(one.signal).not.toBe(other.signal);
    ringThread(one.thread, one.signal);
    expect(clearSignalDescriptor(other.descriptor)).toBe(false);
    expect(clearSignalDescriptor(one.descriptor)).toBe(true);
  });

  it('harms nobody when it is rung after it was closed', () => {
    const bell = createSignalBell();
    const kept = open();
    bell.close();
    bell.close();
    // The descriptor of the thread is the same for all its bells.
    expect(ringThread(kept.thread, bell.signal)).toBe('rung');
    // Its number goes to the next, which has not been rung.
    const next = open();
    expect(next.signal).toBe(bell.signal);
    expect(clearSignalDescriptor(next.descriptor)).toBe(false);
  });

  it('takes rings until the kernel keeps no more, and says so then', () => {
    const { descriptor, thread, signal } = open();
    const limit = Number(/Max pending signals\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
    const rings = Number.isFinite(limit) ? Math.min(limit + 10, 200_000) : 1000;
    let last = '';
    for (let ring = 0; ring < rings; ring += 1) last = ringThread(thread, signal);
    expect(last).toBe(rings > limit ? 'refused' : 'rung');
    expect(clearSignalDescriptor(descriptor)).toBe(true);
    expect(clearSignalDescriptor(descriptor)).toBe(false);
  });

  it('is not blocked in processes that are started', () => {
    open();
    const mask = /SigBlk:\s*(\w+)/;
    expect(mask.exec(execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' }))?.[1]).toMatch(/^0+$/);
    expect(spawnSync('true').status).toBe(0);
  });

  it('leaves no descriptor', () => {
    open();
    const before = readdirSync('/proc/self/fd').length;
    createSignalBell().close();
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  it('says when the process it was for is gone', async () => {
    const child = spawn('sleep', ['60']);
    const pidfd = openProcess(child.pid ?? 0);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(ringThread(pidfd, open().signal)).toBe('gone');
    closeDescriptor(pidfd);
  });
});
