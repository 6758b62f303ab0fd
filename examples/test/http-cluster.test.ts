// The example http-cluster, run as its README says, with smaller numbers.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { expectedOutput, Stage } from './example-process.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

it('serves its visitors while its workers are killed', async () => {
  const program = stage.start('http-cluster/main.ts', ['--visitors', '4']);
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stderr, page: asPage(stdout) }).toEqual({
    code: 0,
    stderr: '',
    page: asPage(expectedOutput('http-cluster')),
  });
  expect(stdout).toContain('; 0 of them failed again\n');
  expect(stage.leavings()).toEqual([]);
});

const asPage = (text: string): string => text.replace(/\d+/g, '0');
