// Where a node listens, and how two nodes come to one connection: whoever wants to talk connects; if both do at once, the
// connection that the node with the lower incarnation began is kept.
import {
  acceptUnix,
  closeDescriptor,
  connectUnix,
  currentUid,
  isSystemError,
  listenUnix,
  peerCredentials,
  watchDescriptor,
} from '@troupe/posix';
import type { NodeId } from '../address.ts';
import { pause, type Clock } from '../clock.ts';
import { TroupeError } from '../errors.ts';
import type { Codec } from '../wire/codec.ts';
import { ControlChannel, type ControlLine } from './control-channel.ts';
import type { Identity } from './control-message.ts';
import { greet, receiveGreeting } from './handshake.ts';
import { controlSocketPath } from './node-directory.ts';

// Connections that have not said who they are; the one that has been silent longest makes room for another.
const MAX_STRANGERS = 64;
const GREETING_TIMEOUT_MS = 5000;
// Pause before connecting again when the peer's backlog is full.
const RETRY_MS = 20;

export interface ControlPlaneOptions {
  /** Directory of the system. */
  readonly directory: string;
  readonly self: Identity;
  readonly codec: Codec;
  readonly clock: Clock;
  /** A peer has connected, or was connected to; at most one channel a peer. */
  readonly onPeer: (channel: ControlLine, peer: Identity) => void;
  /** Somebody connected and was sent away; says who and why. */
  readonly onRefused: (why: string) => void;
}

/** The way to other nodes, and theirs to this one. */
export type Plane = Pick<ControlPlane, 'connect' | 'forget' | 'close'>;

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #listener: number;
  readonly #watch: { close(): void };
  readonly #connected = new Set<NodeId>();
  readonly #connecting = new Set<NodeId>();
  readonly #strangers = new Set<ControlChannel>();
  #closed = false;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#listener = listen(controlSocketPath(options.directory, options.self.node));
    const watch = watchDescriptor(this.#listener, () => this.#acceptAll());
    watch.update({ readable: true, writable: false });
    this.#watch = watch;
  }

  /**
   * Connects to `node`; `onPeer` is called when that has worked, by this attempt or by one of the peer's.
   * TROUPE_NO_LISTENER when nobody listens there, TROUPE_VERSION_MISMATCH when the two do not understand each other.
   */
  async connect(node: NodeId, timeoutMs: number): Promise<void> {
    if (this.#connected.has(node) || this.#connecting.has(node)) return;
    this.#connecting.add(node);
    try {
      const channel = new ControlChannel(await this.#open(node, timeoutMs), this.#options.codec);
      const answer = await greet(channel, this.#options.self, this.#options.clock, timeoutMs);
      // Refused as a duplicate: the peer's own connection to this node is on its way, or is here.
      if ('reason' in answer) this.#refused(channel, answer);
      else if (this.#connected.has(node)) channel.destroy();
      else this.#welcome(channel, answer);
    } finally {
      this.#connecting.delete(node);
    }
  }

  /** The peer's link has ended: it may connect again. */
  forget(node: NodeId): void {
    this.#connected.delete(node);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    closeDescriptor(this.#listener);
  }

  #acceptAll(): void {
    while (!this.#closed) {
      const descriptor = acceptUnix(this.#listener);
      if (descriptor < 0) return;
      const { uid, pid } = peerCredentials(descriptor);
      if (uid === currentUid())
        void this.#acceptOne(new ControlChannel(descriptor, this.#options.codec), pid);
      else {
        // Before a byte of it is read: the directory keeps others out, and this makes sure.
        closeDescriptor(descriptor);
        this.#options.onRefused(`process ${String(pid)} belongs to uid ${String(uid)}`);
      }
    }
  }

  async #acceptOne(channel: ControlChannel, pid: number): Promise<void> {
    const [oldest] = this.#strangers;
    if (this.#strangers.size >= MAX_STRANGERS) oldest?.destroy();
    this.#strangers.add(channel);
    try {
      const { self, clock } = this.#options;
      const peer = await receiveGreeting(channel, self, clock, GREETING_TIMEOUT_MS, (node) =>
        this.#wants(node),
      );
      if (peer !== undefined) this.#welcome(channel, peer);
    } catch (error) {
      channel.destroy();
      if (!this.#closed) this.#options.onRefused(`process ${String(pid)}: ${(error as Error).message}`);
    } finally {
      this.#strangers.delete(channel);
    }
  }

  #wants(node: NodeId): boolean {
    if (this.#closed || this.#connected.has(node)) return false;
    return !this.#connecting.has(node) || node < this.#options.self.node;
  }

  #welcome(channel: ControlChannel, peer: Identity): void {
    if (this.#closed) {
      channel.destroy();
      return;
    }
    this.#connected.add(peer.node);
    this.#options.onPeer(channel, peer);
  }

  #refused(channel: ControlChannel, refusal: { readonly reason: string; readonly message: string }): void {
    channel.destroy();
    if (refusal.reason !== 'duplicate')
      throw new TroupeError('TROUPE_VERSION_MISMATCH', `the peer refused the connection: ${refusal.message}`);
  }

  async #open(node: NodeId, timeoutMs: number): Promise<number> {
    const path = controlSocketPath(this.#options.directory, node);
    const deadlineMs = this.#options.clock.now() + timeoutMs;
    for (;;) {
      try {
        const descriptor = connectUnix(path);
        const { uid } = peerCredentials(descriptor);
        if (uid === currentUid()) return descriptor;
        closeDescriptor(descriptor);
        throw new TroupeError(
          'TROUPE_PERMISSION',
          `${path} is held by uid ${String(uid)}; it should be this user's`,
        );
      } catch (error) {
        if (!isSystemError(error)) throw error;
        if (error.code !== 'EAGAIN' || this.#options.clock.now() > deadlineMs)
          throw new TroupeError(
            'TROUPE_NO_LISTENER',
            `node ${node.slice(0, 6)} cannot be reached: nobody listens at ${path} (${error.code}); its process is gone`,
            { cause: error },
          );
        const pauseMs = RETRY_MS * (0.5 + Math.random());
        await pause(this.#options.clock, pauseMs);
      }
    }
  }
}

function listen(path: string): number {
  try {
    return listenUnix(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TroupeError(
      'TROUPE_RUNTIME_DIRECTORY',
      `the control socket cannot be made: ${error.message}; choose a shorter directory with TROUPE_RUNTIME_DIR`,
      { cause: error },
    );
  }
}
