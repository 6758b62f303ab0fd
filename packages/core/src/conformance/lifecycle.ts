// Clauses on how lanes open and close, and on what is left of them.
import { codeThrownBy } from './delivery.ts';
import { digestOf, recipes } from './frames.ts';
import { testOnStage } from './stage.ts';
import type { TestRunner, TransportSubject } from './subject.ts';

const OPEN_TIMEOUT_MS = 500;
const CLOSE_TIMEOUT_MS = 30_000;

export function describeLifecycle(runner: TestRunner, subject: TransportSubject): void {
  const { expect } = runner;

  testOnStage(
    runner,
    subject,
    'after `close()` every method rejects with TROUPE_LANE_CLOSED',
    async (stage) => {
      const there = await stage.startPeer();
      await stage.open(stage.here, there);
      await stage.here.receive(there.node, 'back');
      const { writer, reader } = stage.here;
      const closing = writer.close();
      // From the call on, not only once it has resolved.
      const uses = [
        () => writer.claim(1),
        () => writer.commit(0),
        () => writer.send(Buffer.alloc(1)),
        () => writer.send(Buffer.alloc(1 << 20)),
      ];
      expect(uses.map(codeThrownBy)).toEqual(uses.map(() => 'TROUPE_LANE_CLOSED'));
      await closing;
      expect(uses.map(codeThrownBy)).toEqual(uses.map(() => 'TROUPE_LANE_CLOSED'));
      expect(await codeOf(writer.drained())).toBe('TROUPE_LANE_CLOSED');
      await reader.close();
      expect(codeThrownBy(() => reader.start())).toBe('TROUPE_LANE_CLOSED');
      await there.closeReceiver();
    },
  );

  testOnStage(runner, subject, '`close()` twice is once', async (stage) => {
    const there = await stage.startPeer();
    await stage.open(stage.here, there);
    await Promise.all([stage.here.writer.close(), stage.here.writer.close()]);
    await stage.here.writer.close();
    await there.closeReceiver();
    await there.closeReceiver();
  });

  testOnStage(runner, subject, 'frames sent before `close()` are still delivered', async (stage) => {
    const frames = [...recipes(2000, 100), { bytes: 1 << 20, seed: 9 }, { bytes: 1, seed: 4 }];
    const there = await stage.startPeer();
    await stage.open(there, stage.here);
    const sent = there.sendAll(frames).then(() => there.closeSender(CLOSE_TIMEOUT_MS));
    await stage.here.startReceiving();
    await sent;
    const received = await stage.here.received();
    expect(received.frames).toEqual(frames.map(digestOf));
    expect(received.end).toBe('closed');
  });

  testOnStage(
    runner,
    subject,
    'a second receiver on the same address is refused with TROUPE_ADDRESS_IN_USE',
    async (stage) => {
      const there = await stage.startPeer();
      const offer = await stage.here.receive(there.node, 'taken');
      const first = stage.here.reader;
      expect(await codeOf(stage.here.receive(there.node, 'taken'))).toBe('TROUPE_ADDRESS_IN_USE');
      expect(stage.here.reader).toBe(first);
      // The refusal leaves the first one as it was.
      await there.openSender(stage.here.node, offer, OPEN_TIMEOUT_MS);
      await stage.here.startReceiving();
      await there.sendAll(recipes(1, 10));
      await there.closeSender(CLOSE_TIMEOUT_MS);
      expect(await stage.here.received()).toEqual({ frames: recipes(1, 10).map(digestOf), end: 'closed' });
    },
  );

  testOnStage(
    runner,
    subject,
    'sending where nobody receives fails with TROUPE_NO_LISTENER within the deadline',
    async (stage) => {
      const there = await stage.startPeer();
      const offer = await there.receive(stage.here.node, 'lane-1');
      await there.closeReceiver();
      expect(await codeOf(stage.here.openSender(there.node, offer, OPEN_TIMEOUT_MS))).toBe(
        'TROUPE_NO_LISTENER',
      );
    },
  );

  testOnStage(
    runner,
    subject,
    'nothing is left in the file system or the kernel after both sides closed',
    async (stage) => {
      const there = await stage.startPeer();
      await stage.open(stage.here, there);
      await there.startReceiving();
      await stage.here.sendAll(recipes(10, 100));
      await stage.here.closeSender(CLOSE_TIMEOUT_MS);
      await there.received();
      await there.closeReceiver();
      expect(stage.names()).toEqual([]);
      // Nor of a lane that no sender ever came to.
      await stage.here.receive(there.node, 'nobody-came');
      await stage.here.closeReceiver();
      expect(stage.names()).toEqual([]);
    },
  );
}

export async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
  return 'it did not fail';
}
