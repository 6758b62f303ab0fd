// Configuration as a program meets it: options in code under a file under the environment, and a sentence for every mistake.
import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SystemOptions } from 'troupe';
import { failure } from '../eventually.ts';
import { watchForLeaks } from '../leak-oracle.ts';
import { startProgram } from '../program.ts';

const surroundings = watchForLeaks();

interface Given {
  readonly code?: SystemOptions;
  readonly file?: string | object;
  readonly fileName?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The transport a program uses that is configured so; it has talked to a child over it. */
async function transportOf({
  code = {},
  file,
  fileName = 'troupe.config.json',
  environment = {},
}: Given): Promise<unknown> {
  const { scratch, directory } = surroundings;
  if (file !== undefined)
    writeFileSync(join(scratch, fileName), typeof file === 'string' ? file : JSON.stringify(file));
  const program = await startProgram(
    { name: 'configured', runtimeDirectory: directory, ...code },
    { environment: { ...surroundings.environment, ...environment }, cwd: scratch },
  );
  try {
    await program.call('spawn', 'child', { in: 'process' });
    expect(await program.call('ask', 'child', 'echo', 1)).toBe(1);
    return await program.call('transport');
  } finally {
    expect(await program.leave()).toBe(0);
  }
}

async function mistake(given: Given): Promise<string> {
  return (await failure(transportOf(given))).message;
}

describe('the transport', () => {
  it('is unix when nobody says another', async () => {
    expect(await transportOf({})).toBe('unix');
  });

  it('is what the code says, over which the file goes, over which the environment goes', async () => {
    const code = { transport: 'pipe' };
    const file = { transport: 'unix' };
    const environment = { TROUPE_TRANSPORT: 'fifo' };
    expect(await transportOf({ code })).toBe('pipe');
    expect(await transportOf({ code: { transport: 'unix' }, environment })).toBe('fifo');
    expect(await transportOf({ code, file })).toBe('unix');
    expect(await transportOf({ code, file, environment })).toBe('fifo');
  });

  it('may come from a module, with options of its own', async () => {
    const file = "export default { transport: { name: 'fifo', stagingBytes: '256KiB' } };";
    expect(await transportOf({ fileName: 'troupe.config.mjs', file })).toBe('fifo');
  });
});

describe('a mistake is refused with a sentence', () => {
  it.each<readonly [string, Given, readonly string[]]>([
    ['a key of the code', { code: { transprot: 'unix' } as SystemOptions }, ["'transprot'", "'transport'"]],
    [
      'a key of the file',
      { file: { askTimeuot: 1 } },
      ['troupe.config.json', "'askTimeuot'", "'askTimeout'"],
    ],
    ['a key within', { file: { mailbox: { capacty: 1 } } }, ["'mailbox.capacty'", "'capacity'"]],
    ['a variable', { environment: { TROUPE_TRANSPROT: 'unix' } }, ['TROUPE_TRANSPROT', 'TROUPE_TRANSPORT']],
    ['a transport', { environment: { TROUPE_TRANSPORT: 'unxi' } }, ["'unxi'", "'unix'"]],
    ['a value', { code: { askTimeout: 'soon' } }, ['askTimeout', '"soon"', "'2s'"]],
    ['a number', { environment: { TROUPE_MAILBOX_CAPACITY: 'many' } }, ['environment', 'mailbox.capacity']],
    ['a size', { file: { mailbox: { maxBytes: '1 MB' } } }, ['mailbox.maxBytes', '"1 MB"', '64MiB']],
    [
      'an option of a transport',
      { file: { transport: { name: 'fifo', stagingByte: 1 } } },
      ["'stagingByte'", "'stagingBytes'"],
    ],
    ['a name', { code: { name: '../up' } }, ['name', '"../up"']],
    ['a file that is no JSON', { file: '{' }, ['troupe.config.json cannot be read']],
    [
      'a module that exports nothing',
      { fileName: 'troupe.config.mjs', file: 'export const nothing = 1;' },
      ['troupe.config.mjs'],
    ],
    [
      'a package that is not installed',
      { code: { transport: { name: 'x', module: 'not-there' } } },
      ['not-there', 'npm i'],
    ],
  ])('%s', async (_what, given, words) => {
    const message = await mistake(given);
    for (const word of words) expect(message).toContain(word);
  });
});
