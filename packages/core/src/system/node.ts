// One node: the parts of the runtime put together, the same in a program's main process and in those it starts. What people
// hold of it is `ActorSystem`; what a parent holds of it goes over the control plane.
import { ADDRESS, addressKey, type Address, type NodeId } from '../address.ts';
import { createRef, type ActorRef, type AnyRef, type Destination } from '../actor/actor-ref.ts';
import type { CellHost, DeadLetterReason } from '../actor/cell-host.ts';
import type { Down } from '../actor/behavior.ts';
import { Deadlines } from '../actor/deadlines.ts';
import type { End, EndReason } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import type { Protocol } from '../actor/protocol.ts';
import { RunQueue } from '../actor/run-queue.ts';
import { systemClock, type Clock, type Timer } from '../clock.ts';
import { ControlPlane } from '../control/control-plane.ts';
import { PROTOCOL_VERSION, type Identity } from '../control/control-message.ts';
import { nameWithin, readName } from '../control/names.ts';
import { NodeDirectory, reclaimDescendants } from '../control/node-directory.ts';
import type { HostedProcess } from '../host/process-host.ts';
import { createLogger, type Logger } from '../logger.ts';
import { hasLetterbox, type Letterbox } from '../transport/letterbox.ts';
import { createCodec, type Codec } from '../wire/codec.ts';
import { Account, deadLetterError, type DeadLetter } from './account.ts';
import type { Settings } from './configuration.ts';
import { DeadLetterLog } from './dead-letter-log.ts';
import { EndedActor } from './ended-actor.ts';
import { FramePacker } from './frame-packer.ts';
import { Groups } from './groups.ts';
import { Letters } from './letters.ts';
import { LocalActors } from './local-actors.ts';
import { Neighbours } from './neighbours.ts';
import { Outgoing } from './outgoing.ts';
import type { LinkHost, PeerLink } from './peer-link.ts';
import type { TransportFallback } from './transport-fallback.ts';
import { Transports } from './transports.ts';

export interface NodeOptions {
  readonly settings: Settings;
  readonly node: NodeId;
  /** The node of the process that started this one. */
  readonly parent?: NodeId;
  /** Directory of the system, which exists. */
  readonly directory: string;
  /** Modules from which transport packages are looked for, besides the usual ones. */
  readonly transportBases: readonly string[];
  /** Called for every dead letter; `payload` costs nothing to look at. */
  readonly onDeadLetter: (letter: DeadLetter) => void;
  /** Called when a transport is passed over for another. */
  readonly onTransportFallback: (fallback: TransportFallback) => void;
}

// How long actors may keep the event loop before timers and sockets get their turn.
const TURN_BUDGET_MS = 5;
// What a process that exits without stopping its system may spend on handing over what it has sent.
const EXIT_FLUSH_MS = 1000;
// How long it then waits for a child that it has just killed to let go of its lock; some tenths of a millisecond do.
const EXIT_RECLAIM_MS = 500;

export class Node {
  readonly id: NodeId;
  readonly settings: Settings;
  /** Directory of the system. */
  readonly directory: string;
  readonly clock: Clock = systemClock;
  readonly log: Logger;
  readonly account = new Account();
  readonly locals = new LocalActors();
  readonly groups: Groups;
  readonly transports: Transports;
  readonly outgoing: Outgoing;
  readonly neighbours: Neighbours;
  readonly letters: Letters;
  readonly cellHost: CellHost;
  readonly #ownDirectory: NodeDirectory;
  readonly #plane: ControlPlane;
  readonly #deadlines: Deadlines;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #hosted = new Map<NodeId, HostedProcess>();
  // Addresses by which actors of this process are known elsewhere, as key, and their numbers here.
  readonly #aliases = new Map<string, number>();
  readonly #deadLetterLog: DeadLetterLog;
  #letterbox: Letterbox | undefined;
  #closed = false;

  constructor(options: NodeOptions) {
    const { settings, node, directory } = options;
    this.id = node;
    this.settings = settings;
    this.directory = directory;
    this.log = createLogger(settings.logLevel, `[${settings.name}]`, settings.logger);
    this.#onDeadLetter = options.onDeadLetter;
    this.groups = new Groups({
      id: node,
      directory,
      nextNumber: this.locals.nextNumber,
      watch: (ref, watcher, notify) => this.watch(ref, watcher, notify),
      unwatch: (ref, watcher) => this.unwatch(ref, watcher),
      destination: (address) => this.destination(address),
    });
    this.#deadLetterLog = new DeadLetterLog(this.log, this.clock);
    this.#deadlines = new Deadlines(this.clock);
    this.transports = new Transports(
      settings.transports,
      options.transportBases,
      this.log,
      options.onTransportFallback,
    );
    const newCodec = (): Codec => createCodec({ reviveRef: (address) => this.refTo(address) });
    const codec = newCodec();
    this.outgoing = new Outgoing({
      clock: this.clock,
      deadlines: this.#deadlines,
      account: this.account,
      codec,
      packer: new FramePacker(codec),
      askTimeoutMs: settings.askTimeoutMs,
      stopTimeoutMs: settings.stopTimeoutMs,
      nextNumber: this.locals.nextNumber,
      deadLetter: (message, to, reason, ended) => this.deadLetter(message, to, reason, ended),
    });
    this.cellHost = {
      clock: this.clock,
      runQueue: new RunQueue(this.clock, TURN_BUDGET_MS),
      deadlines: this.#deadlines,
      askTimeoutMs: settings.askTimeoutMs,
      stopTimeoutMs: settings.stopTimeoutMs,
      send: (type, payload, asker) => this.account.send(type, payload, asker),
      deadLetter: (message, to, reason, ended) => this.deadLetter(message, to, reason, ended),
    };
    this.letters = new Letters({
      log: this.log,
      clock: this.clock,
      holderOf: (name) => this.#holderOf(name),
    });
    this.#ownDirectory = new NodeDirectory(directory, node, options.parent);
    this.neighbours = new Neighbours({
      directory,
      codec: newCodec,
      outgoing: this.outgoing,
      limits: settings.mailbox,
      clock: this.clock,
      connectTimeoutMs: settings.startTimeoutMs,
      log: this.log,
      ended: (peer) => {
        this.locals.watch.unwatchAll(`${peer}/`);
        this.transports.removeRelative(peer);
      },
      linkHost: (peer, link) => this.#linkHost(peer, link),
    });
    this.#plane = this.#openPlane(codec);
    this.neighbours.use(this.#plane);
    process.on('exit', this.#onExit);
  }

  /** Loads the transports that were named, and settles which of them are used. */
  chooseTransport(): Promise<void> {
    return this.transports.choose(this.#ownDirectory.path);
  }

  /** Lets programs that are no nodes send to the actors of the system, where the transport can. Rejects with TROUPE_LIMIT. */
  async openLetterbox(): Promise<void> {
    const transport = await this.transports.configured();
    if (!hasLetterbox(transport)) return;
    this.#letterbox = await transport.openLetterbox({
      directory: this.#ownDirectory.path,
      onLetter: this.letters.receive,
      onGarbage: this.letters.refuse,
    });
  }

  /** The ref to an address, wherever it leads. */
  refTo<P extends Protocol>(address: Address): ActorRef<P> {
    return createRef<P>(this.destination(address));
  }

  /** Where messages to `address` go. */
  destination(address: Address): Destination {
    return this.#localActor(address) ?? this.neighbours.actor(address);
  }

  /** An actor of this process is known elsewhere by `address`: that of its place in the process that started this one. */
  addAlias(address: Address, actor: number): void {
    this.#aliases.set(addressKey(address), actor);
  }

  /** A process was started from here: should this one exit without stopping its system, it is ended and cleaned up behind. */
  addHosted(node: NodeId, hosted: HostedProcess): void {
    this.#hosted.set(node, hosted);
    void hosted.exited.then(() => this.#hosted.delete(node));
  }

  /** `notify` is called once when the actor ends. `watcher` is a number of this node; watching twice is once. */
  watch(ref: AnyRef, watcher: number, notify: (down: Down) => void): void {
    const address = ref[ADDRESS];
    const local = this.#localNumber(address);
    const told = ({ reason, lost }: End): void => notify({ ref, reason, lost });
    if (local === undefined) this.neighbours.actor(address).watch(watcher, told);
    else this.watchLocal(local, `/${String(watcher)}`, told);
  }

  unwatch(ref: AnyRef, watcher: number): void {
    const address = ref[ADDRESS];
    const local = this.#localNumber(address);
    if (local === undefined) this.neighbours.actor(address).unwatch(watcher);
    else this.locals.watch.unwatch(local, `/${String(watcher)}`);
  }

  /** `actor` of this process has linked itself to `ref`, or has ended that: the other side is told. */
  link(actor: Address, ref: AnyRef, isLinked: boolean): void {
    this.linkOver(actor, ref, isLinked);
    const local = this.#localNumber(ref[ADDRESS]);
    if (local === undefined) this.neighbours.actor(ref[ADDRESS]).linkedBy(actor, isLinked);
    else this.locals.get(local)?.linkedBy(this.refTo(actor), isLinked);
  }

  /** What an actor that has its place in another process is linked to is remembered there, for its next process. */
  linkOver(actor: Address, ref: AnyRef, isLinked = false): void {
    if (actor.node !== this.id)
      this.neighbours.tell(actor.node, { type: 'linked', other: ref[ADDRESS], isLinked });
  }

  deadLetter(message: Message, to: Address, reason: DeadLetterReason, ended?: EndReason): void {
    if (reason === 'stopped' && to.node === this.id && this.locals.heirs.get(to.actor)?.(message) === true)
      return;
    message.origin.settle('dead', 1, message.bytes, message.prompt);
    message.asker?.reject(deadLetterError(message.type, to, reason, ended));
    const letter: DeadLetter = { to, type: message.type, payload: message.payload, reason };
    this.#deadLetterLog.report(letter);
    this.#onDeadLetter(letter);
  }

  /** Resolves when every message that waits for another process has been sent, or `timeoutMs` have passed. */
  async flush(timeoutMs: number): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.clock.after(timeoutMs, resolve);
    });
    await Promise.race([
      late,
      Promise.all([...this.neighbours.links].map((link) => link.exchange.flushed())),
    ]);
    timer?.cancel();
  }

  /** Leaves the system: lanes and connections are closed in order, and nothing of the node stays behind. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.groups.close();
    await this.flush(timeoutMs);
    this.#plane.close();
    await Promise.all([...this.neighbours.links].map((link) => link.close(timeoutMs)));
    await this.neighbours.idle();
    await this.#letterbox?.close();
    await this.transports.close();
    this.#deadlines.close();
    this.#ownDirectory.release();
    process.off('exit', this.#onExit);
  }

  readonly #onExit = (): void => {
    const deadline = this.clock.now() + EXIT_FLUSH_MS;
    for (const { exchange } of this.neighbours.links)
      exchange.flushBlocking(Math.max(0, deadline - this.clock.now()));
    for (const hosted of this.#hosted.values()) hosted.kill();
    if (this.#hosted.size > 0) reclaimDescendants(this.directory, this.id, EXIT_RECLAIM_MS);
    this.#ownDirectory.release();
  };

  #openPlane(codec: Codec): ControlPlane {
    try {
      return new ControlPlane({
        directory: this.directory,
        self: this.#identity(),
        codec,
        clock: this.clock,
        onPeer: this.neighbours.welcome,
        onRefused: (why) => this.log.warn(`a connection was refused: ${why}`),
      });
    } catch (error) {
      this.#ownDirectory.release();
      throw error;
    }
  }

  #linkHost(peer: NodeId, link: () => PeerLink): Omit<LinkHost, 'ended'> {
    const { locals, settings, transports } = this;
    return {
      directory: this.#ownDirectory.path,
      openTimeoutMs: settings.startTimeoutMs,
      transports,
      deliver: (to, message) => this.#deliver(to, message),
      down: (from, watcher, end) => void this.#remoteDown(peer, from, watcher, end),
      watch: (actor, watcher) =>
        this.watchLocal(actor, `${peer}/${String(watcher)}`, (end) =>
          link().exchange.sendDown(actor, watcher, end),
        ),
      unwatch: (actor, watcher) => locals.watch.unwatch(actor, `${peer}/${String(watcher)}`),
      link: (actor, other, isLinked) => locals.get(actor)?.linkedBy(this.refTo(other), isLinked),
      stopActor: (actor, timeoutMs, drain) => void locals.get(actor)?.stop(timeoutMs, drain),
    };
  }

  #deliver(to: number, message: Message): void {
    const actor = this.locals.get(to);
    if (actor !== undefined) actor.deliver(message);
    else {
      const address = { node: this.id, actor: to, label: `actor-${String(to)}` };
      this.deadLetter(message, address, 'stopped', this.locals.watch.endOf(to).reason);
    }
  }

  /** `notify` is called once when an actor of this node ends; soon if it has. `watcher` is a name, once an actor. */
  watchLocal(actor: number, watcher: string, notify: (end: End) => void): void {
    if (this.locals.get(actor) !== undefined) this.locals.watch.watch(actor, watcher, notify);
    else {
      const end = this.locals.watch.endOf(actor);
      queueMicrotask(() => notify(end));
    }
  }

  // What the actor's own process sent here directly comes before the news of its end, which its parent sent.
  async #remoteDown(node: NodeId, from: number, watcher: number, end: End): Promise<void> {
    if (end.process !== undefined && this.neighbours.isConnected(end.process))
      await this.neighbours.gone(end.process);
    this.neighbours.knownActor(node, from)?.ended(watcher, end.reason);
  }

  #holderOf(name: string): Destination | undefined {
    const address = readName(this.directory, nameWithin(this.settings.name, name));
    return address === undefined ? undefined : this.destination(address);
  }

  #localActor(address: Address): Destination | undefined {
    const number = this.#localNumber(address);
    if (number === undefined) return undefined;
    return (
      this.locals.get(number) ??
      new EndedActor(address, this.outgoing, () => this.locals.watch.endOf(number).reason)
    );
  }

  #localNumber(address: Address): number | undefined {
    return address.node === this.id ? address.actor : this.#aliases.get(addressKey(address));
  }

  #identity(): Identity {
    return { protocol: PROTOCOL_VERSION, system: this.settings.name, node: this.id, pid: process.pid };
  }
}
