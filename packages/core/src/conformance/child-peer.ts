// A child process at the other end of a lane, seen from the test: starts it with what the transport wants inherited, passes
// calls on as lines of JSON, and kills it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { NodeId } from '../address.ts';
import type { LaneOffer, Transport } from '../transport/contract.ts';
import type { FrameRecipe } from './frames.ts';
import type { Peer, PeerMethod, Received } from './peer.ts';
import type { PeerProcessArguments } from './peer-process.ts';
import type { TransportSubject } from './subject.ts';

const FIRST_INHERITED = 3;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ChildPeer implements Peer {
  readonly node: NodeId;
  readonly #cleanUp: () => void;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;

  private constructor(node: NodeId, child: ChildProcess, cleanUp: () => void) {
    this.node = node;
    this.#cleanUp = cleanUp;
    this.#child = child;
    this.#exited = once(child, 'exit').then(() => this.#failPending());
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new TypeError('A peer needs its standard input and output.');
    // A write to a killed child fails; the call that made it is rejected by the exit.
    stdin.on('error', () => {});
    createInterface({ input: stdout }).on('line', (line) => this.#settle(JSON.parse(line) as Answer));
  }

  static async start(
    subject: TransportSubject,
    transport: Transport,
    parent: NodeId,
    node: NodeId,
    directory: string,
  ): Promise<ChildPeer> {
    const ends = transport.prepareChild(node);
    const given: PeerProcessArguments = {
      node,
      parent,
      directory,
      module: subject.module ?? '',
      name: subject.name,
      options: subject.options ?? {},
      descriptors: ends.descriptors.map((_, index) => FIRST_INHERITED + index),
    };
    const child = spawn(process.execPath, [program(), JSON.stringify(given)], {
      stdio: ['pipe', 'pipe', 'inherit', ...ends.descriptors],
    });
    ends.release();
    const peer = new ChildPeer(node, child, () => subject.cleanUp?.(directory));
    // Id 0 is the child's own word that it is ready.
    await new Promise((resolve, reject) => peer.#pending.set(0, { resolve, reject }));
    return peer;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends SIGKILL, waits until the process is gone, and cleans its directory as the first who notices would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    this.#cleanUp();
  }

  /** Holds the process wherever it is. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async receive(from: NodeId, lane: string): Promise<LaneOffer> {
    return (await this.#call('receive', from, lane)) as LaneOffer;
  }

  async startReceiving(): Promise<void> {
    await this.#call('startReceiving');
  }

  async drain(): Promise<void> {
    await this.#call('drain');
  }

  async received(): Promise<Received> {
    return (await this.#call('received')) as Received;
  }

  async closeReceiver(): Promise<void> {
    await this.#call('closeReceiver');
  }

  async openSender(to: NodeId, offer: LaneOffer, timeoutMs: number): Promise<void> {
    await this.#call('openSender', to, offer, timeoutMs);
  }

  async sendAll(frames: readonly FrameRecipe[]): Promise<void> {
    await this.#call('sendAll', frames);
  }

  async sendUntilFull(bytes: number): Promise<number> {
    return (await this.#call('sendUntilFull', bytes)) as number;
  }

  async streamForever(bytes: number): Promise<void> {
    await this.#call('streamForever', bytes);
  }

  async senderEnded(): Promise<string> {
    return (await this.#call('senderEnded')) as string;
  }

  async closeSender(timeoutMs: number): Promise<void> {
    await this.#call('closeSender', timeoutMs);
  }

  async startGrandchild(): Promise<{ readonly pid: number; readonly inherited: readonly string[] }> {
    return (await this.#call('startGrandchild')) as { pid: number; inherited: string[] };
  }

  #call(method: PeerMethod, ...parameters: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, method, parameters })}\n`);
    });
  }

  #settle({ id, value, error }: Answer): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(Object.assign(new Error(error.message), { code: error.code }));
  }

  #failPending(): void {
    for (const call of this.#pending.values()) call.reject(new Error('The peer process ended.'));
    this.#pending.clear();
  }
}

// From the root of the package: what `import.meta.url` is in a CommonJS build depends on how the build was split in files.
function program(): string {
  const root = dirname(createRequire(import.meta.url).resolve('@troupe/core/package.json'));
  return join(root, 'dist/conformance/peer-process.js');
}
