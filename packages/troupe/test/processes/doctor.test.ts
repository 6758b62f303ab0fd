// `troupe doctor` as people run it: the built command, here and where something is not to be had.
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { surveyRuntimeDirectory } from 'troupe';
import { runInNamespace } from '../../../core/test/own-namespace.ts';
import { eventually } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const command = fileURLToPath(new URL('../../bin/troupe.mjs', import.meta.url));
const surroundings = watchForLeaks();

interface Finding {
  readonly transport: string;
  readonly options: Readonly<Record<string, string>>;
  readonly isUsable: boolean;
  readonly code?: string;
  readonly reason?: string;
}

interface Findings {
  readonly machine: { readonly node: string; readonly uid: number };
  readonly transports: readonly Finding[];
  readonly limits: readonly { readonly name: string; readonly value: number | null }[];
  readonly runtimeDirectory: ReturnType<typeof surveyRuntimeDirectory>;
  readonly cleaned: number;
}

function environment(): NodeJS.ProcessEnv {
  return { ...surroundings.environment, TROUPE_RUNTIME_DIR: surroundings.directory };
}

function run(...words: readonly string[]): ReturnType<typeof spawnSync> & { readonly stdout: string } {
  const options = { encoding: 'utf8', env: environment(), timeout: 60_000, killSignal: 'SIGKILL' } as const;
  return spawnSync(process.execPath, [command, ...words], options);
}

describe('troupe doctor', () => {
  it('tries every transport, reads every limit, and leaves nothing', () => {
    const { status, stdout, stderr } = run('doctor', '--json');
    expect(stderr).toBe('');
    const found = JSON.parse(stdout) as Findings;
    expect(found.transports.filter(({ isUsable }) => !isUsable)).toEqual([]);
    expect(status).toBe(0);
    expect([...new Set(found.transports.map(({ transport }) => transport))]).toEqual([
      'unix',
      'fifo',
      'pipe',
      'shm',
      'posix-mq',
      'sysv-mq',
    ]);
    expect(found.machine).toMatchObject({ node: process.version, uid: process.geteuid?.() });
    const names = found.limits.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['RLIMIT_NOFILE', 'RLIMIT_MSGQUEUE', '/dev/shm', 'kernel.msgmnb']),
    );
    expect(found.runtimeDirectory).toEqual({ path: surroundings.directory, systems: [] });
  });

  it('says which transport cannot be used, why, and what to do', () => {
    const ran = runInNamespace(
      '-Urm',
      'mount -t tmpfs -o size=1m troupe-test /dev/shm',
      [process.execPath, command, 'doctor'],
      { environment: environment() },
    );
    if (ran === undefined) return;
    expect(ran).toMatchObject({ status: 1, stderr: '' });
    expect(ran.stdout).toMatch(/'shm', segment: 'posix' +cannot be used \(TROUPE_LIMIT\)\n .*--shm-size/);
    expect(ran.stdout.match(/cannot be used/g)).toHaveLength(1);
    expect(ran.stdout).toMatch(/\/dev\/shm +1 MiB/);
  });

  it('names what a killed process has left, and cleans up behind it when asked', async () => {
    const options = {
      name: 'killed',
      runtimeDirectory: surroundings.directory,
      transport: 'posix-mq',
    } as const;
    const program = await startProgram(options, { environment: surroundings.environment });
    const other = await startProgram(
      { ...options, name: 'alive' },
      { environment: surroundings.environment },
    );
    await program.call('spawn', 'worker', { in: 'process' });
    program.kill('SIGKILL');
    expect(await program.exited).toBe('SIGKILL');
    // Its child follows it.
    await eventually('both are dead', () => {
      const { systems } = surveyRuntimeDirectory(surroundings.directory);
      return systems.find(({ name }) => name === 'killed')?.living === 0;
    });

    expect(run('doctor').stdout).toMatch(
      /Left behind\n  \d dead process(es)? of the system 'killed' with \d objects? in the kernel\n    posix-queue \/troupe-/,
    );
    const found = JSON.parse(run('doctor', '--json', '--clean').stdout) as Findings;
    expect(found.cleaned).toBeGreaterThan(0);
    expect(found.runtimeDirectory.systems).toEqual([{ name: 'alive', living: 1, dead: [] }]);
    expect(readdirSync(surroundings.directory)).toEqual(['alive']);
    expect(await other.leave()).toBe(0);
  });

  it('says how it is used, where it was not understood', () => {
    for (const words of [[], ['docter'], ['doctor', 'now'], ['doctor', '--jsno']]) {
      const { status, stdout, stderr } = run(...words);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('usage: troupe doctor [--json] [--clean]');
    }
    expect(run('--help')).toMatchObject({ status: 0, stderr: '' });
  });
});
