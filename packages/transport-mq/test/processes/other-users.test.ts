// Another user of the same machine: nothing is sent to its queues, and it can do nothing to ours.
import { expect, it } from '@jest/globals';
import { openReceiver, openSender } from '@troupe/core/transport';
import { currentUid } from '@troupe/posix';
import { posixMqTransport, sysvMqTransport } from '@troupe/transport-mq';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../fixtures/stranger.mjs', import.meta.url));
const STRANGER = 65534;

it('queues of another user are refused, and ours refuse another user', async () => {
  if (currentUid() !== 0) {
    console.log('skipped: only root can be two users');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'troupe-mq-'));
  const words = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups', process.execPath, program];
  const stranger = spawn('setpriv', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(stranger, 'exit');
  const lines = createInterface({ input: stranger.stdout })[Symbol.asyncIterator]();
  const theirs = JSON.parse(String((await lines.next()).value)) as {
    name: string;
    key: number;
    queue: number;
  };
  const options = { peer: 'peer', directory, lane: 'lane', onFrame: () => {}, onEnd: () => {} };
  const ours: Record<string, unknown> = {};
  for (const [create, spoilt] of [
    [posixMqTransport, { queue: theirs.name }],
    [sysvMqTransport, { queue: theirs.queue, key: theirs.key }],
  ] as const) {
    const transport = create();
    const reader = await openReceiver(transport, { ...options, lane: transport.name });
    await expect(
      openSender(transport, { ...reader.offer, ...spoilt }, { ...options, timeoutMs: 2000 }),
    ).rejects.toMatchObject({
      code: 'TROUPE_PERMISSION',
      message: expect.stringContaining(`user ${STRANGER}`),
    });
    await reader.close();
    const again = await openReceiver(transport, { ...options, lane: transport.name });
    ours[transport.name] = again;
    ours[`${transport.name} queue`] = again.offer['queue'];
  }
  stranger.stdin.write(JSON.stringify({ name: ours['posix-mq queue'], queue: ours['sysv-mq queue'] }));
  expect(JSON.parse(String((await lines.next()).value))).toEqual([
    'EACCES',
    'EACCES',
    'EACCES',
    'EACCES',
    'EPERM',
  ]);
  stranger.stdin.end();
  await exited;
  for (const name of ['posix-mq', 'sysv-mq']) await (ours[name] as { close(): Promise<void> }).close();
  expect(readdirSync(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});
