// One process at one end of a lane: does what a test asks, with the same FrameWriter and FrameReader that the runtime uses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeId } from '../address.ts';
import type { LaneOffer, Transport } from '../transport/contract.ts';
import { openReceiver } from '../transport/frame-reader.ts';
import type { FrameReader } from '../transport/frame-reader.ts';
import { openSender } from '../transport/frame-writer.ts';
import type { FrameWriter } from '../transport/frame-writer.ts';
import { digest, makeFrame } from './frames.ts';
import type { FrameRecipe } from './frames.ts';
import type { Peer, Received } from './peer.ts';

const FLUSH_TIMEOUT_MS = 10_000;
// Whoever takes more than that while nobody reads has no bound.
const MAX_FULL_BYTES = 64 * 1024 * 1024;
const LAST_STANDARD_DESCRIPTOR = 2;
const PROGRAM_START_MS = 100;

export class PeerSession implements Peer {
  readonly node: NodeId;
  readonly transport: Transport;
  readonly #directory: string;
  readonly #readers: FrameReader[] = [];
  readonly #writers: FrameWriter[] = [];
  #frames: string[] = [];
  #receiverEnd = new End();
  #senderEnd = new End();

  /** `directory` is the node's own, for what needs a name. */
  constructor(node: NodeId, transport: Transport, directory: string) {
    this.node = node;
    this.transport = transport;
    this.#directory = directory;
  }

  /** The receiving end made last; what is asked about receiving is asked about it. */
  get reader(): FrameReader {
    const reader = this.#readers.at(-1);
    if (reader === undefined) throw new TypeError('No receiving end was made.');
    return reader;
  }

  /** The sending end opened last; what is asked about sending is asked about it. */
  get writer(): FrameWriter {
    const writer = this.#writers.at(-1);
    if (writer === undefined) throw new TypeError('No sending end was opened.');
    return writer;
  }

  async receive(from: NodeId, lane: string): Promise<LaneOffer> {
    const frames: string[] = [];
    const end = new End();
    const reader = await openReceiver(this.transport, {
      peer: from,
      directory: this.#directory,
      lane,
      onFrame: (memory, start, to) => frames.push(digest(memory.subarray(start, to))),
      onEnd: (error) => end.set(error),
    });
    this.#readers.push(reader);
    this.#frames = frames;
    this.#receiverEnd = end;
    return reader.offer;
  }

  async startReceiving(): Promise<void> {
    this.reader.start();
  }

  async drain(): Promise<void> {
    await this.reader.drain();
  }

  async received(): Promise<Received> {
    const end = await this.#receiverEnd.reached;
    return { frames: this.#frames, end };
  }

  async closeReceiver(): Promise<void> {
    await this.reader.close();
  }

  async openSender(to: NodeId, offer: LaneOffer, timeoutMs: number): Promise<void> {
    const end = new End();
    const writer = await openSender(this.transport, offer, {
      peer: to,
      directory: this.#directory,
      timeoutMs,
      onEnd: (error) => end.set(error),
    });
    this.#writers.push(writer);
    this.#senderEnd = end;
  }

  async sendAll(frames: readonly FrameRecipe[]): Promise<void> {
    const writer = this.writer;
    for (const recipe of frames) {
      const frame = makeFrame(recipe);
      while (!writer.send(frame)) await writer.drained();
    }
    // Frames that go out in parts wait for room with the event loop running; blocking is for the rest.
    await writer.drained();
    writer.flushBlocking(FLUSH_TIMEOUT_MS);
  }

  async sendUntilFull(bytes: number): Promise<number> {
    let taken = 0;
    while (this.writer.send(makeFrame({ bytes, seed: taken }))) {
      taken += 1;
      if (taken * bytes > MAX_FULL_BYTES) throw new Error(`The lane is not full after ${taken} frames.`);
    }
    return taken;
  }

  async streamForever(bytes: number): Promise<void> {
    const writer = this.writer;
    const stream = async () => {
      for (let seed = 0; ; seed += 1) {
        const frame = makeFrame({ bytes, seed });
        while (!writer.send(frame)) await writer.drained();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    // It ends by an error, when the lane does.
    stream().catch(() => {});
  }

  async senderEnded(): Promise<string> {
    return this.#senderEnd.reached;
  }

  async closeSender(timeoutMs: number): Promise<void> {
    await this.writer.close(timeoutMs);
  }

  /** Closes every end this session has made, and the transport. */
  async dispose(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
    for (const writer of this.#writers) await writer.close(0);
    await this.transport.close();
  }

  async startGrandchild(): Promise<{ readonly pid: number; readonly inherited: readonly string[] }> {
    const grandchild = spawn('sleep', ['600'], { stdio: 'ignore' });
    await once(grandchild, 'spawn');
    const pid = grandchild.pid ?? 0;
    // What it opens itself while it starts is gone the second time.
    const first = new Set(inheritedBy(pid));
    await delay(PROGRAM_START_MS);
    return { pid, inherited: inheritedBy(pid).filter((target) => first.has(target)) };
  }
}

function inheritedBy(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  const targets: string[] = [];
  for (const fd of readdirSync(directory)) {
    if (Number(fd) <= LAST_STANDARD_DESCRIPTOR) continue;
    try {
      targets.push(readlinkSync(`${directory}/${fd}`));
    } catch {
      // Closed between the two looks.
    }
  }
  return targets;
}

/** How a lane ended, once it has; the first word counts. */
class End {
  readonly reached: Promise<string>;
  readonly #resolve: (end: string) => void;

  constructor() {
    let settle: (end: string) => void = () => {};
    this.reached = new Promise((resolve) => (settle = resolve));
    this.#resolve = settle;
  }

  set(error: Error | undefined): void {
    this.#resolve(error === undefined ? 'closed' : ((error as { code?: string }).code ?? error.message));
  }
}
