// Clauses on what arrives: whole frames, in order, of every size, and what a full lane does.
import { MAX_FRAME_BYTES } from '../transport/lane-errors.ts';
import { digestOf, makeFrame, recipes } from './frames.ts';
import type { FrameRecipe } from './frames.ts';
import type { Peer } from './peer.ts';
import type { Stage } from './stage.ts';
import { testOnStage } from './stage.ts';
import type { TestRunner, TransportSubject } from './subject.ts';

const CLOSE_TIMEOUT_MS = 30_000;

export function describeDelivery(runner: TestRunner, subject: TransportSubject): void {
  const { expect } = runner;

  testOnStage(runner, subject, 'a frame arrives whole or not at all', async (stage) => {
    const limit = subject.capabilities.maxFrameBytes;
    const sizes = [1, 4095, 4096, 4097, limit - 2, limit - 1, limit, limit + 1, 1 << 20, 3];
    const frames = sizes.map((bytes, seed) => ({ bytes, seed }));
    const there = await stage.startPeer();
    expect(await transfer(stage, there, stage.here, frames)).toEqual(frames.map(digestOf));
    expect(await transfer(stage, stage.here, there, frames)).toEqual(frames.map(digestOf));
  });

  testOnStage(runner, subject, 'frames arrive in the order they were sent', async (stage) => {
    const frames = Array.from({ length: 20_000 }, (_, seed) => ({ bytes: 4 + (seed % 97), seed }));
    const there = await stage.startPeer();
    expect(await transfer(stage, there, stage.here, frames)).toEqual(frames.map(digestOf));
  });

  testOnStage(runner, subject, 'a frame of 0 bytes arrives', async (stage) => {
    const frames = [0, 0, 5, 0].map((bytes, seed) => ({ bytes, seed }));
    const there = await stage.startPeer();
    expect(await transfer(stage, there, stage.here, frames)).toEqual(frames.map(digestOf));
  });

  testOnStage(
    runner,
    subject,
    'a frame of MAX_FRAME_BYTES arrives and one byte more is refused with TROUPE_FRAME_TOO_LARGE',
    async (stage) => {
      const frames = [{ bytes: MAX_FRAME_BYTES, seed: 1 }];
      const there = await stage.startPeer();
      const arrived = transfer(stage, stage.here, there, frames, () => {
        expect(codeThrownBy(() => stage.here.writer.send(Buffer.allocUnsafeSlow(MAX_FRAME_BYTES + 1)))).toBe(
          'TROUPE_FRAME_TOO_LARGE',
        );
      });
      expect(await arrived).toEqual(frames.map(digestOf));
    },
  );

  testOnStage(
    runner,
    subject,
    '`send` returns false when the lane is full and the frame is not taken',
    async (stage) => {
      const there = await stage.startPeer();
      await stage.open(stage.here, there);
      const taken = await stage.here.sendUntilFull(1000);
      expect(taken > 0).toBe(true);
      await there.startReceiving();
      await stage.here.closeSender(CLOSE_TIMEOUT_MS);
      const { frames, end } = await there.received();
      expect(frames).toEqual(recipes(taken, 1000).map(digestOf));
      expect(end).toBe('closed');
      await there.closeReceiver();
    },
  );

  testOnStage(runner, subject, '`drained` resolves once there is room again', async (stage) => {
    const there = await stage.startPeer();
    await stage.open(stage.here, there);
    const taken = await stage.here.sendUntilFull(1000);
    let isDrained = false;
    const drained = stage.here.writer.drained().then(() => (isDrained = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isDrained).toBe(false);
    await there.startReceiving();
    await drained;
    expect(stage.here.writer.send(makeFrame({ bytes: 1000, seed: taken }))).toBe(true);
    await stage.here.closeSender(CLOSE_TIMEOUT_MS);
    expect((await there.received()).frames).toEqual(recipes(taken + 1, 1000).map(digestOf));
    await there.closeReceiver();
  });

  testOnStage(
    runner,
    subject,
    'a frame sent ahead overtakes those that wait, where the transport has priority',
    async (stage) => {
      const waiting = recipes(50, 1000);
      const urgent = { bytes: 20, seed: 99 };
      const there = await stage.startPeer();
      await stage.open(stage.here, there);
      await stage.here.sendAll(recipes(2, 10));
      for (const recipe of waiting) expect(stage.here.writer.send(makeFrame(recipe))).toBe(true);
      expect(stage.here.writer.sendAhead(makeFrame(urgent))).toBe(true);
      await there.startReceiving();
      await stage.here.closeSender(CLOSE_TIMEOUT_MS);
      const { frames, end } = await there.received();
      const at = frames.indexOf(digestOf(urgent));
      expect(frames.toSpliced(at, 1)).toEqual([...recipes(2, 10), ...waiting].map(digestOf));
      expect([at < frames.length - 1, end]).toEqual([subject.capabilities.priority, 'closed']);
      await there.closeReceiver();
    },
  );
}

/** Opens a lane, sends all frames, closes, and tells what arrived. */
async function transfer(
  stage: Stage,
  sender: Peer,
  receiver: Peer,
  frames: readonly FrameRecipe[],
  beforeSending = () => {},
): Promise<readonly string[]> {
  await stage.open(sender, receiver, sender === stage.here ? 'out' : 'in');
  await receiver.startReceiving();
  beforeSending();
  await sender.sendAll(frames);
  await sender.closeSender(CLOSE_TIMEOUT_MS);
  const received = await receiver.received();
  await receiver.closeReceiver();
  return received.end === 'closed' ? received.frames : [received.end];
}

export function codeThrownBy(use: () => unknown): string {
  try {
    use();
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
  return 'nothing was thrown';
}
