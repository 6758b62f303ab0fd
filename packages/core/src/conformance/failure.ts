// Clauses on processes that are killed or stopped. They need a process that can be; a transport that stays within one
// declares so, and each clause it cannot be asked is named with that reason.
import { digestOf, makeFrame, recipes } from './frames.ts';
import { codeOf } from './lifecycle.ts';
import type { Stage } from './stage.ts';
import { testOnStage } from './stage.ts';
import type { TestRunner, TransportSubject } from './subject.ts';

const STOPPED_MEMORY_BYTES = 16 * 1024 * 1024;
const KILLS = 5;

interface Clause {
  readonly name: string;
  readonly check: (stage: Stage, expect: TestRunner['expect']) => Promise<void>;
}

export function describeFailure(runner: TestRunner, subject: TransportSubject): void {
  for (const { name, check } of CLAUSES) {
    if (subject.capabilities.reach === 'process') {
      runner.it(`(declared: reach 'process', there is no other process) ${name}`, async () => {
        runner.expect(subject.create().capabilities.reach).toBe('process');
      });
    } else {
      testOnStage(runner, subject, name, (stage) => check(stage, runner.expect));
    }
  }
}

const CLAUSES: readonly Clause[] = [
  {
    name: 'a receiver that is stopped costs the sender bounded memory',
    async check(stage, expect) {
      const there = await stage.startChild();
      await stage.open(stage.here, there);
      await there.startReceiving();
      there.stop();
      const frame = makeFrame({ bytes: 1024, seed: 0 });
      let taken = 0;
      for (let offered = 0; offered < 300_000; offered += 1) {
        if (stage.here.writer.send(frame)) taken += 1;
        if (offered % 1000 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      expect(taken * frame.length < STOPPED_MEMORY_BYTES).toBe(true);
      there.resume();
      await stage.here.closeSender(30_000);
      const { frames, end } = await there.received();
      expect([frames.length, end]).toEqual([taken, 'closed']);
    },
  },
  {
    name: 'when the sender is killed the lane ends with TROUPE_PEER_LOST, after all it had committed',
    async check(stage, expect) {
      const frames = stage.subject.capabilities.survivesSender ? recipes(100, 64) : [];
      const there = await stage.startChild();
      await stage.open(there, stage.here);
      await there.sendAll(frames);
      await there.kill();
      await stage.here.startReceiving();
      await stage.here.drain();
      expect(await stage.here.received()).toEqual({ frames: frames.map(digestOf), end: 'TROUPE_PEER_LOST' });
    },
  },
  {
    name: 'when the receiver is killed the lane ends with TROUPE_PEER_LOST',
    async check(stage, expect) {
      const there = await stage.startChild();
      await stage.open(stage.here, there);
      await there.startReceiving();
      await stage.here.streamForever(1000);
      await there.kill();
      expect(await stage.here.senderEnded()).toBe('TROUPE_PEER_LOST');
      expect(await codeOf(stage.here.writer.drained())).toBe('TROUPE_PEER_LOST');
    },
  },
  {
    name: 'a sender killed in the middle of a frame never yields a partial frame',
    async check(stage, expect) {
      // Stuck in the middle for certain, of a frame that is cut and of one that is not: nobody reads until it is dead.
      for (const bytes of [8 << 20, stage.subject.capabilities.maxFrameBytes - 1]) {
        const stuck = await stage.startChild();
        await stage.open(stuck, stage.here, `stuck-${bytes}`);
        await stuck.sendAll(recipes(2, 50));
        await stuck.streamForever(bytes);
        await stuck.kill();
        await stage.here.startReceiving();
        await stage.here.drain();
        const { frames, end } = await stage.here.received();
        const whole = recipes(frames.length - 2, bytes);
        expect(frames).toEqual([...recipes(2, 50), ...whole].map(digestOf));
        expect(end).toBe('TROUPE_PEER_LOST');
        await stage.here.closeReceiver();
      }
      // And anywhere, while it is being read.
      for (let kill = 0; kill < KILLS; kill += 1) await killWhileStreaming(stage, kill, expect);
    },
  },
  {
    name: 'nothing is left after one side was killed and the other closed',
    async check(stage, expect) {
      const sender = await stage.startChild();
      await stage.open(sender, stage.here, 'sender-killed');
      await sender.kill();
      await stage.here.closeReceiver();
      expect(stage.names()).toEqual([]);

      const absent = await stage.startChild();
      await stage.here.receive(absent.node, 'sender-never-came');
      await absent.kill();
      await stage.here.drain();
      await stage.here.closeReceiver();
      expect(stage.names()).toEqual([]);

      const receiver = await stage.startChild();
      await stage.open(stage.here, receiver, 'receiver-killed');
      await receiver.kill();
      await stage.here.closeSender(1000);
      expect(stage.names()).toEqual([]);

      const gone = await stage.startChild();
      const offer = await gone.receive(stage.here.node, 'receiver-killed-early');
      await gone.kill();
      expect(await codeOf(stage.here.openSender(gone.node, offer, 200))).toBe('TROUPE_NO_LISTENER');
      expect(stage.names()).toEqual([]);
    },
  },
  {
    name: 'what a grandchild inherits does not keep a lane alive',
    async check(stage, expect) {
      const there = await stage.startChild();
      await stage.open(stage.here, there, 'out');
      await stage.open(there, stage.here, 'in');
      expect(await stage.startGrandchild(there)).toEqual([]);
      await stage.here.startReceiving();
      await there.kill();
      await stage.here.streamForever(1000);
      expect(await stage.here.senderEnded()).toBe('TROUPE_PEER_LOST');
      await stage.here.drain();
      expect((await stage.here.received()).end).toBe('TROUPE_PEER_LOST');
    },
  },
];

async function killWhileStreaming(stage: Stage, kill: number, expect: TestRunner['expect']): Promise<void> {
  const bytes = 300_000;
  const there = await stage.startChild();
  const receiver = stage.here;
  await stage.open(there, receiver, `kill-${kill}`);
  await receiver.startReceiving();
  await there.streamForever(bytes);
  await new Promise((resolve) => setTimeout(resolve, 7 * kill));
  await there.kill();
  await receiver.drain();
  const { frames, end } = await receiver.received();
  expect(frames).toEqual(recipes(frames.length, bytes).map(digestOf));
  expect(end).toBe('TROUPE_PEER_LOST');
  await receiver.closeReceiver();
}
