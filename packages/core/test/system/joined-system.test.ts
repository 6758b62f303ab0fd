// What a system refuses that is no option of it, and that it goes on as if nobody had asked.
import { expect, it } from '@jest/globals';
import { createTestSystem } from '../../src/testing/create-test-system.ts';

it('stop refuses what is no duration, and the system runs on', async () => {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent' });
  const probe = system.probe();
  for (const timeout of ['x', -1, NaN])
    await expect(system.stop({ timeout })).rejects.toMatchObject({
      code: 'TROUPE_CONFIGURATION',
      message: expect.stringMatching(
        /^stop: timeout is .*; expected milliseconds, or a string such as '250ms'/,
      ),
    });
  probe.ref.tell('ping');
  expect(await probe.next()).toMatchObject({ type: 'ping' });
  const report = await system.stop({ timeout: '2s' });
  expect(await system.stop()).toBe(report);
});
