import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionOf } from '../../src/transport/step.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-step-'));
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

it.each([undefined, ''])('nothing is done at a step when %p is set', (specification) => {
  expect(actionOf(specification)).toBeUndefined();
});

it.each([
  ['shm.publish.before=kill', 1, 'SIGKILL'],
  ['shm.publish.before#3=stop', 3, 'SIGSTOP'],
])('%s sends one signal, at its step and its time', (specification, times, signal) => {
  // The one thing here that must not really happen to the process of the test.
  const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
  const step = actionOf(specification);
  for (let time = 1; time < times; time += 1) step?.('shm.publish.before');
  for (const other of ['shm.publish.after', 'shm.publish', '']) step?.(other);
  expect(kill).not.toHaveBeenCalled();
  for (let time = 0; time < 3; time += 1) step?.('shm.publish.before');
  expect(kill.mock.calls).toEqual([[process.pid, signal]]);
});

it('a trace is every step in order', () => {
  const path = join(directory, 'steps');
  const step = actionOf(`trace=${path}`);
  for (const name of ['one.before', 'one.after', 'one.before']) step?.(name);
  expect(readFileSync(path, 'utf8')).toBe('one.before\none.after\none.before\n');
});

it.each(['shm.publish.before', 'shm.publish.before=explode', 'a#0=kill', 'a#=kill', '=kill', 'trace'])(
  'the specification %s is refused',
  (specification) => {
    expect(() => actionOf(specification)).toThrow(/TROUPE_FAULT/);
  },
);
