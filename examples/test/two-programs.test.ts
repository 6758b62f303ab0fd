// The example two-programs, run as its README says, in both orders.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { expectedOutput, Stage, type Ended, type Program } from './example-process.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

it('has the reader find a clock that is there', async () => {
  const clock = stage.start('two-programs/clock.ts');
  await clock.says('the clock ticks');
  await expectTheUsual(clock, stage.start('two-programs/reader.ts'));
});

it('has the reader find a clock that comes later', async () => {
  const reader = stage.start('two-programs/reader.ts');
  await expectTheUsual(stage.start('two-programs/clock.ts'), reader);
});

it('lets the clock go on when a reader is killed', async () => {
  const clock = stage.start('two-programs/clock.ts');
  const reader = stage.start('two-programs/reader.ts');
  await reader.says('tick 1');
  await reader.kill();
  await clock.says('a reader is gone');
  await expectTheUsual(
    clock,
    stage.start('two-programs/reader.ts'),
    'a reader subscribed\na reader is gone: ',
  );
});

/** What the clock said of others before is left out: from `earlier` to the end of its line. */
async function expectTheUsual(clock: Program, reader: Program, earlier?: string): Promise<void> {
  const read = await reader.ended;
  await clock.says('a reader is gone: it stopped');
  clock.signal('SIGINT');
  const ticked = await clock.ended;
  const stdout =
    earlier === undefined ? ticked.stdout : ticked.stdout.replace(new RegExp(`${earlier}.*\n`), '');
  expect(asPage({ ...ticked, stdout }, read)).toBe(expectedOutput('two-programs'));
  expect([ticked.code, ticked.stderr, read.code, read.stderr]).toEqual([0, '', 0, '']);
  expect(stage.leavings()).toEqual([]);
}

function asPage(clock: Ended, reader: Ended): string {
  const page = `$ node --import tsx clock.ts\n${clock.stdout}\n$ node --import tsx reader.ts\n${reader.stdout}`;
  return page.replace(/process \d+/g, 'process 4711');
}
