// The message queues of nodes, which outlive processes and which anybody of this user can remove.
import { expect, it } from '@jest/globals';
import { removeSysvQueue, unlinkPosixQueue } from '@troupe/posix';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem } from 'troupe';
import { Worker } from '../actors.ts';
import { watchForLeaks } from '../leak-oracle.ts';

const surroundings = watchForLeaks();

it.each(['posix-mq', 'sysv-mq'])(
  'over %s a process whose queue an administrator removes can still start others',
  async (transport) => {
    const warnings: string[] = [];
    const quiet = (): void => undefined;
    await using system = await createSystem({
      name: 'removed',
      transport,
      runtimeDirectory: surroundings.directory,
      logger: { debug: quiet, info: quiet, warn: (text: string) => warnings.push(text), error: quiet },
    });
    await system.spawn(Worker, { in: 'process' });
    const letterbox = join(system.directory, system.node, 'letterbox');
    const [, address = ''] = readFileSync(letterbox, 'utf8').split(' ');
    expect(transport === 'sysv-mq' ? removeSysvQueue(Number(address)) : unlinkPosixQueue(address)).toBe(true);
    const other = await system.spawn(Worker, { in: 'process' });
    expect(await other.ask('echo', 'here')).toBe('here');
    expect(readFileSync(letterbox, 'utf8')).not.toContain(` ${address} `);
    const replaced = warnings.filter((text) => text.includes('was removed by somebody else'));
    expect(replaced).toEqual([
      expect.stringMatching(`the ${transport} queue ${address} of this process .* takes its place`),
    ]);
  },
);
