// The built package in processes of its own: what only a whole process can show.
import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor, makePipe, writeDescriptor } from '@troupe/posix';

const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  running.clear();
});

describe('dieWithParent', () => {
  it('ends a busy grandchild when the parent between is killed', async () => {
    const parent = run('die-with-parent.mjs', ['parent']);
    const { pid, alive } = JSON.parse(await parent.nextLine()) as { pid: number; alive: boolean };
    expect(alive).toBe(true);
    expect(isRunning(pid)).toBe(true);
    parent.child.kill('SIGKILL');
    // Standard output is shared with the grandchild: its end says that both are gone.
    expect(await parent.rest()).toEqual([]);
    while (isRunning(pid)) await delay(1);
  });

  it('is false for a process whose parent is another than it expects', () => {
    const { stdout } = spawnSync(process.execPath, [fixture('die-with-parent.mjs'), 'child', '1'], {
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });
    expect(JSON.parse(stdout)).toMatchObject({ alive: false });
  });
});

describe('waitDescriptor', () => {
  it('waits on when signals interrupt it', async () => {
    const waiter = run('interrupted-wait.mjs', [], ['pipe', 'pipe', 'inherit']);
    expect(await waiter.nextLine()).toBe('waiting');
    for (let signal = 0; signal < 5; signal++) {
      await delay(30);
      waiter.child.kill('SIGUSR2');
    }
    await delay(30);
    expect(waiter.child.exitCode).toBeNull();
    waiter.child.stdin?.write('x');
    expect(JSON.parse(await waiter.nextLine())).toEqual({ ready: true, signalled: true });
  });
});

describe('watchDescriptor', () => {
  it('keeps the process alive until the watch is closed', async () => {
    const watcher = await watching('untilEnd');
    await delay(100);
    expect(watcher.child.exitCode).toBeNull();
    closeDescriptor(watcher.writeEnd);
    expect(await watcher.rest()).toEqual(['end of file', 'exit 0']);
  });

  it('does not keep the process alive after unref', async () => {
    const watcher = await watching('unref');
    expect(await watcher.rest()).toEqual(['exit 0']);
    expect(await watcher.exited).toEqual([0, null]);
    closeDescriptor(watcher.writeEnd);
  });

  it.each(['exits', 'is terminated'])('outlives a Worker that %s while it watches', async (way) => {
    const owner = run('worker.mjs', [way]);
    expect(await owner.rest()).toEqual(['Worker 1 ended', 'Worker 2 ended']);
    expect(await owner.exited).toEqual([0, null]);
  });

  it('continues what awaits in its callback though nothing else happens', async () => {
    const watcher = await watching('awaits');
    writeDescriptor(watcher.writeEnd, Buffer.from('x'), 0, 1);
    // The pipe stays open and silent: only the turn of the callback itself can continue it.
    expect(await watcher.nextLine()).toBe('continued');
    closeDescriptor(watcher.writeEnd);
    expect(await watcher.rest()).toEqual(['exit 0']);
  });

  it('makes an error of its callback an uncaught exception at once', async () => {
    const watcher = await watching('throws', 'pipe');
    let errors = '';
    watcher.child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    writeDescriptor(watcher.writeEnd, Buffer.from('x'), 0, 1);
    expect(await watcher.rest()).toEqual(['exit 1']);
    expect(errors).toContain('thrown in the callback');
    closeDescriptor(watcher.writeEnd);
  });
});

describe('the package', () => {
  it('loads koffi at the first call, not at import', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { currentUid, makePipe } from '@troupe/posix';
      const loaded = () => readFileSync('/proc/self/maps', 'utf8').includes('koffi.node');
      currentUid();
      const before = loaded();
      makePipe();
      console.log(JSON.stringify([before, loaded()]));`;
    expect(evaluate('module', script)).toEqual([false, true]);
  });

  it('knows its errors across the ESM and the CommonJS build', () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as esm from '@troupe/posix';
      const commonjs = createRequire(import.meta.url)('@troupe/posix');
      const thrownBy = (build) => { try { build.closeDescriptor(1_000_000); } catch (error) { return error; } };
      console.log(JSON.stringify([
        esm.SystemError === commonjs.SystemError,
        esm.isSystemError(thrownBy(commonjs), 'EBADF'),
        commonjs.isSystemError(thrownBy(esm), 'EBADF'),
      ]));`;
    expect(evaluate('module', script)).toEqual([false, true, true]);
  });
});

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  nextLine(): Promise<string>;
  rest(): Promise<readonly string[]>;
}

function run(
  name: string,
  parameters: readonly string[],
  stdio: StdioOptions = ['ignore', 'pipe', 'inherit'],
): Running {
  const child = spawn(process.execPath, [fixture(name), ...parameters], { stdio });
  running.add(child);
  if (child.stdout === null) throw new Error('The fixture has no standard output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    exited: once(child, 'exit'),
    nextLine: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error(`${name} ended without a further line`);
      return next.value;
    },
    rest: async () => {
      const remaining: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next())
        remaining.push(next.value);
      return remaining;
    },
  };
}

async function watching(
  way: string,
  stderr: 'inherit' | 'pipe' = 'inherit',
): Promise<Running & { readonly writeEnd: number }> {
  const { readEnd, writeEnd } = makePipe();
  const watcher = run('watch.mjs', [way], ['ignore', 'pipe', stderr, readEnd]);
  closeDescriptor(readEnd);
  expect(await watcher.nextLine()).toBe('watching');
  return { ...watcher, writeEnd };
}

function evaluate(inputType: 'module' | 'commonjs', script: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [`--input-type=${inputType}`, '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}
