// The control plane of a simulated system: the same messages, through the same codec and the same checks, between nodes of one
// event loop. There is no handshake, for no stranger can come.
import { setImmediate } from 'node:timers';
import type { NodeId } from '../address.ts';
import type { ControlHandler, ControlLine } from '../control/control-channel.ts';
import { parseControlMessage, type ControlMessage } from '../control/control-message.ts';
import type { ControlPlaneOptions, Plane } from '../control/control-plane.ts';
import { TroupeError } from '../errors.ts';
import type { Codec } from '../wire/codec.ts';

/** Every node of a simulated system that listens. */
export class MemoryPlanes {
  readonly #planes = new Map<NodeId, MemoryPlane>();
  #delivered = 0;

  /** Control messages that have arrived so far. */
  get delivered(): number {
    return this.#delivered;
  }

  open(options: ControlPlaneOptions): MemoryPlane {
    const { node } = options.self;
    const plane = new MemoryPlane(options, {
      find: (peer) => this.#planes.get(peer),
      closed: () => this.#planes.delete(node),
      delivered: () => (this.#delivered += 1),
    });
    this.#planes.set(node, plane);
    return plane;
  }
}

interface PlaneHost {
  readonly find: (node: NodeId) => MemoryPlane | undefined;
  readonly closed: () => void;
  readonly delivered: () => void;
}

export class MemoryPlane implements Plane {
  readonly #options: ControlPlaneOptions;
  readonly #host: PlaneHost;
  readonly #lines = new Map<NodeId, MemoryLine>();

  constructor(options: ControlPlaneOptions, host: PlaneHost) {
    this.#options = options;
    this.#host = host;
  }

  connect(node: NodeId): Promise<void> {
    if (this.#lines.has(node)) return Promise.resolve();
    const peer = this.#host.find(node);
    if (peer === undefined)
      return Promise.reject(
        new TroupeError(
          'TROUPE_NO_LISTENER',
          `node ${node.slice(0, 6)} cannot be reached: its process is gone`,
        ),
      );
    const near = new MemoryLine(this.#options.codec, this.#host.delivered);
    const far = new MemoryLine(peer.#options.codec, this.#host.delivered);
    near.join(far);
    far.join(near);
    peer.#welcome(far, this.#options.self);
    this.#welcome(near, peer.#options.self);
    return Promise.resolve();
  }

  forget(node: NodeId): void {
    this.#lines.delete(node);
  }

  close(): void {
    this.#host.closed();
  }

  /** The process of the node is suspended: what comes waits; or goes on. */
  hold(isHeld: boolean): void {
    for (const line of this.#lines.values()) line.hold(isHeld);
  }

  /** The process of the node was killed: its connections end, and it does not hear of it. */
  abandon(): void {
    this.close();
    for (const line of this.#lines.values()) line.abandon();
  }

  #welcome(line: MemoryLine, peer: ControlPlaneOptions['self']): void {
    this.#lines.set(peer.node, line);
    this.#options.onPeer(line, peer);
  }
}

/** One end of a connection. What was sent before an end closes arrives at the other. */
class MemoryLine implements ControlLine {
  readonly #codec: Codec;
  readonly #delivered: () => void;
  readonly #inbox: Buffer[] = [];
  #other: MemoryLine = this;
  #handler: ControlHandler | undefined;
  #isScheduled = false;
  #isHeld = false;
  // Nothing leaves it, and nothing reaches it.
  #isClosed = false;
  #hasEnded = false;

  constructor(codec: Codec, delivered: () => void) {
    this.#codec = codec;
    this.#delivered = delivered;
  }

  join(other: MemoryLine): void {
    this.#other = other;
  }

  listen(handler: ControlHandler): void {
    this.#handler = handler;
    this.#schedule();
  }

  send(message: ControlMessage): void {
    const body = this.#codec.encode(message);
    if (this.#isClosed) return;
    this.#other.#take(body);
  }

  close(): Promise<void> {
    this.destroy();
    return new Promise((resolve) => setImmediate(resolve));
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inbox.length = 0;
    this.#schedule();
    this.#other.#schedule();
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#schedule();
  }

  abandon(): void {
    this.destroy();
    this.#hasEnded = true;
  }

  #take(body: Buffer): void {
    if (this.#isClosed) return;
    this.#inbox.push(body);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#hasEnded) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const handler = this.#handler;
    if (handler === undefined || this.#hasEnded || this.#isHeld) return;
    for (let body = this.#inbox.shift(); body !== undefined; body = this.#inbox.shift()) {
      this.#delivered();
      const message = parseControlMessage(this.#codec.decode(body, 0, body.length));
      if (message === undefined)
        throw new TroupeError('TROUPE_PROTOCOL_VIOLATION', 'a control message has an unknown shape');
      handler.onMessage(message);
    }
    if (!this.#isClosed && !this.#other.#isClosed) return;
    this.#isClosed = true;
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#delivered();
    handler.onEnd();
  }
}
