// flock(2) between processes: flock(1) is the other side.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor, duplicateDescriptor } from '../src/descriptor.ts';
import { lockFile } from '../src/file-lock.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
  path = join(directory, 'lock');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('lockFile', () => {
  it('takes a lock that nobody holds, and keeps another process out', () => {
    const fd = openSync(path, 'w', 0o600);
    expect(isFree()).toBe(true);
    expect(lockFile(fd)).toBe(true);
    expect(lockFile(fd)).toBe(true);
    expect(isFree()).toBe(false);
    closeDescriptor(fd);
    expect(isFree()).toBe(true);
  });

  it('is false while another process holds it, and true right after that one is killed', async () => {
    const fd = openSync(path, 'w', 0o600);
    const holder = spawn('flock', ['--no-fork', path, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const exited = once(holder, 'exit');
    await once(holder.stdout, 'data');
    expect(lockFile(fd)).toBe(false);
    holder.kill('SIGKILL');
    await exited;
    expect(lockFile(fd)).toBe(true);
    closeDescriptor(fd);
  });

  it('is free though its holder is a zombie that nobody has waited for', async () => {
    // The shell becomes a sleeper that never waits for the holder it started.
    const script = 'flock --no-fork "$0" sh -c "echo \\$\\$; exec sleep 600" & exec sleep 600';
    const parent = spawn('sh', ['-c', script, path], { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(parent, 'exit');
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const holder = Number(output.toString());
    const fd = openSync(path, 'w', 0o600);
    expect(lockFile(fd)).toBe(false);
    process.kill(holder, 'SIGKILL');
    while (!/^State:\s+Z/m.test(readFileSync(`/proc/${holder}/status`, 'utf8'))) await delay(1);
    expect(lockFile(fd)).toBe(true);
    closeDescriptor(fd);
    parent.kill('SIGKILL');
    await exited;
  });

  it('belongs to the opening: a second one in the same process is another', () => {
    const first = openSync(path, 'w', 0o600);
    const second = openSync(path, 'w', 0o600);
    expect(lockFile(first)).toBe(true);
    expect(lockFile(second)).toBe(false);
    closeDescriptor(first);
    expect(lockFile(second)).toBe(true);
    closeDescriptor(second);
  });

  it('stays until the last descriptor of its opening is closed', () => {
    const fd = openSync(path, 'w', 0o600);
    const copy = duplicateDescriptor(fd);
    expect(lockFile(fd)).toBe(true);
    closeDescriptor(fd);
    expect(isFree()).toBe(false);
    closeDescriptor(copy);
    expect(isFree()).toBe(true);
  });

  it('throws EBADF for a closed descriptor', () => {
    expect(() => lockFile(1_000_000)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'flock' }));
  });
});

function isFree(): boolean {
  return spawnSync('flock', ['--nonblock', path, 'true']).status === 0;
}
