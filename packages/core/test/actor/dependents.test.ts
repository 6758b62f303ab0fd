// What an actor has started ends with it, last first, whatever is started while that is under way.
import { expect, it } from '@jest/globals';
import { Dependents, type Dependent } from '../../src/actor/dependents.ts';

/** A dependent that takes a turn to stop, and does `meanwhile` first. */
function dependent(name: string, stopped: string[], meanwhile?: () => void): Dependent {
  return {
    async stop() {
      meanwhile?.();
      await Promise.resolve();
      stopped.push(name);
    },
  };
}

it.each(['stop', 'end'] as const)('%s takes along what is added meanwhile', async (how) => {
  const dependents = new Dependents();
  const stopped: string[] = [];
  dependents.add(dependent('first', stopped, () => dependents.add(dependent('third', stopped))));
  dependents.add(dependent('second', stopped));
  await dependents[how]();
  expect(stopped).toEqual(['second', 'first', 'third']);
  await dependents[how]();
  expect(stopped).toHaveLength(3);
});
