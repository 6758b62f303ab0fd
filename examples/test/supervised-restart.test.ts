// The example supervised-restart, run as its README says.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { expectedOutput, Stage } from './example-process.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.clear());

it.each(['unix', 'fifo', 'pipe'])(
  'prints the decisions it is expected to print, over %s',
  async (transport) => {
    const program = stage.start('supervised-restart/main.ts', [], { TROUPE_TRANSPORT: transport });
    expect(await program.ended).toEqual({
      code: 0,
      stdout: expectedOutput('supervised-restart'),
      stderr: '',
    });
    expect(stage.leavings()).toEqual([]);
  },
);
