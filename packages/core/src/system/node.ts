// One node: the parts of the runtime put together, the same in a program's main process and in those it starts. What people
// hold of it is `ActorSystem`; what a parent holds of it goes over the control plane.
import type { Address, NodeId } from '../address.ts';
import type { Destination } from '../actor/actor-ref.ts';
import type { CellHost, DeadLetterReason } from '../actor/cell-host.ts';
import { Deadlines } from '../actor/deadlines.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { Message } from '../actor/message.ts';
import { RunQueue } from '../actor/run-queue.ts';
import type { Clock } from '../clock.ts';
import type { Plane } from '../control/control-plane.ts';
import { PROTOCOL_VERSION, type Identity } from '../control/control-message.ts';
import { nameWithin, readName } from '../control/names.ts';
import { NodeDirectory } from '../control/node-directory.ts';
import { keepMemoryOfBuffers } from '../host/kept-memory.ts';
import { createLogger, type Logger } from '../logger.ts';
import { hasLetterbox, type Letterbox } from '../transport/letterbox.ts';
import { createCodec, type Codec } from '../wire/codec.ts';
import { isDoneWithin } from '../within.ts';
import { Account, deadLetterError, type DeadLetter } from './account.ts';
import { Addresses } from './addresses.ts';
import { BondsAcross } from './bonds-across.ts';
import { DeadLetterLog } from './dead-letter-log.ts';
import { FramePacker } from './frame-packer.ts';
import { Groups } from './groups.ts';
import { linkHostOf } from './link-host.ts';
import { Letters } from './letters.ts';
import { LocalActors } from './local-actors.ts';
import { Neighbours } from './neighbours.ts';
import { NodeExit } from './node-exit.ts';
import { Outgoing } from './outgoing.ts';
import type { Settings } from './system-options.ts';
import type { TransportFallback } from './transport-fallback.ts';
import { Transports } from './transports.ts';
import type { World } from './world.ts';

export interface NodeOptions {
  readonly world: World;
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

export class Node {
  readonly id: NodeId;
  readonly settings: Settings;
  /** Directory of the system. */
  readonly directory: string;
  readonly world: World;
  readonly clock: Clock;
  readonly log: Logger;
  readonly account = new Account();
  readonly locals = new LocalActors();
  readonly groups: Groups;
  readonly transports: Transports;
  readonly outgoing: Outgoing;
  readonly neighbours: Neighbours;
  readonly letters: Letters;
  readonly addresses: Addresses;
  readonly bonds: BondsAcross;
  readonly exit: NodeExit;
  readonly cellHost: CellHost;
  readonly #ownDirectory: NodeDirectory;
  readonly #plane: Plane;
  readonly #deadlines: Deadlines;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #deadLetterLog: DeadLetterLog;
  #letterbox: Letterbox | undefined;
  #closed = false;

  constructor(options: NodeOptions) {
    const { settings, node, directory, world } = options;
    this.id = node;
    this.world = world;
    this.clock = world.clock;
    this.settings = settings;
    this.directory = directory;
    this.log = createLogger(settings.logLevel, `[${settings.name}]`, settings.logger);
    this.#onDeadLetter = options.onDeadLetter;
    this.groups = new Groups({
      id: node,
      directory,
      nextNumber: this.locals.nextNumber,
      watch: (ref, watcher, notify) => this.bonds.watch(ref, watcher, notify),
      unwatch: (ref, watcher) => this.bonds.unwatch(ref, watcher),
      destination: (address) => this.addresses.destination(address),
    });
    this.#deadLetterLog = new DeadLetterLog(this.log, this.clock);
    this.#deadlines = new Deadlines(this.clock);
    this.transports = new Transports(
      settings.transports,
      options.transportBases,
      this.log,
      options.onTransportFallback,
      world.loadTransport,
    );
    const newCodec = (): Codec =>
      createCodec({
        reviveRef: (address) => this.addresses.refTo(address),
        beforeLarge: keepMemoryOfBuffers,
      });
    const codec = newCodec();
    this.outgoing = new Outgoing({
      clock: this.clock,
      deadlines: this.#deadlines,
      account: this.account,
      codec,
      packer: new FramePacker(codec),
      askTimeoutMs: settings.askTimeoutMs,
      stopTimeoutMs: settings.stopTimeoutMs,
      shutdownTimeoutMs: settings.shutdownTimeoutMs,
      nextNumber: this.locals.nextNumber,
      deadLetter: (message, to, reason, ended) => this.deadLetter(message, to, reason, ended),
    });
    this.cellHost = {
      clock: this.clock,
      runQueue: new RunQueue(world.loopClock, TURN_BUDGET_MS),
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
      linkHost: (peer, link) => linkHostOf(this, peer, this.#ownDirectory.path, link),
    });
    this.addresses = new Addresses(this);
    this.bonds = new BondsAcross(this);
    this.#plane = this.#openPlane(codec);
    this.neighbours.use(this.#plane);
    const { neighbours } = this;
    this.exit = new NodeExit({ id: node, directory, ownDirectory: this.#ownDirectory, neighbours, world });
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
      onWarning: (what) => this.log.warn(what),
    });
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
    const flushed = [...this.neighbours.links].map((link) => link.exchange.flushed());
    await isDoneWithin(this.clock, timeoutMs, Promise.all(flushed));
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
    this.exit.close();
  }

  /** Ends as a process that was killed does: at once, in silence, and others clean up behind it. */
  vanish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.cellHost.runQueue.close();
    this.groups.close();
    this.#deadlines.close();
    this.#plane.close();
    this.exit.close();
    this.#ownDirectory.abandon();
  }

  #openPlane(codec: Codec): Plane {
    try {
      return this.world.openPlane({
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

  #holderOf(name: string): Destination | undefined {
    const address = readName(this.directory, nameWithin(this.settings.name, name));
    return address === undefined ? undefined : this.addresses.destination(address);
  }

  #identity(): Identity {
    return { protocol: PROTOCOL_VERSION, system: this.settings.name, node: this.id, pid: this.world.pid };
  }
}
