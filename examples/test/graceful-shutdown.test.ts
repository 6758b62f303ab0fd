// The example graceful-shutdown, run as its README says.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { expectedOutput, Stage } from './example-process.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

it.each(['unix', 'shm'])('loses nothing when it is told to end, over %s', async (transport) => {
  const program = stage.start('graceful-shutdown/main.ts', [], { TROUPE_TRANSPORT: transport });
  expect(await program.ended).toEqual({ code: 0, stdout: expectedOutput('graceful-shutdown'), stderr: '' });
  expect(stage.leavings()).toEqual([]);
});
