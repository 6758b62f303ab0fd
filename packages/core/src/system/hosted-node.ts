// The life of a process that was started for one actor: it joins the system as its parent told it, runs the actor, reports
// failure and end to the parent, which decides, and exits with the actor.
import type { ActorCell } from '../actor/actor-cell.ts';
import { asError, bareReason } from '../actor/failure.ts';
import { findDefinition } from '../actor/definitions.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { ControlMessage } from '../control/control-message.ts';
import { TroupeError } from '../errors.ts';
import { bindToParent, importActorModule, type Bootstrap } from '../host/bootstrap.ts';
import { DEFAULT_LAG } from './actor-process.ts';
import { Closing } from './closing.ts';
import type { Settings } from './system-options.ts';
import { reportCrash, sendError } from './errors-for-parent.ts';
import { Finder } from './finder.ts';
import { ROOT_ACTOR } from './incarnation.ts';
import { Node, type NodeOptions } from './node.ts';
import type { PeerLink } from './peer-link.ts';
import { bareCrash, type ProcessCrash } from './process-crash.ts';
import { Spawner } from './spawner.ts';
import type { AnyDefinition } from './starter.ts';
import type { SupervisionEvent } from './supervision-event.ts';
import { machine, type World } from './world.ts';

type SpawnRequest = Extract<ControlMessage, { type: 'spawn' }>;

// How long handing over what was sent may take when the actor has ended.
const CLOSE_TIMEOUT_MS = 2000;

export async function runHostedNode(bootstrap: Bootstrap): Promise<void> {
  // First of all: from here on the kernel ends this process with its parent, whatever either of them does.
  if (!bindToParent(bootstrap)) process.exit(1);
  // An interrupt from the terminal reaches the whole group; what becomes of the actor is for the parent to decide.
  for (const signal of new Set<NodeJS.Signals>(['SIGINT', ...bootstrap.stopSignals]))
    process.on(signal, () => undefined);
  const node = joinAsChild(bootstrap, machine);
  await hostActor(node, bootstrap, {
    connected: reportCrash,
    // Only a worker of node:cluster has such a channel: its primary ends it with `cluster.disconnect()`.
    onDismissed: (callback) => void process.once('disconnect', callback),
    exit: () => process.exit(0),
  });
}

/** What the process around a hosted node does for it. */
export interface Program {
  /** The node is connected to its parent. */
  readonly connected: (parent: PeerLink) => void;
  /** `callback` is called when the actor is to stop for another reason than its parent's word. */
  readonly onDismissed: (callback: () => void) => void;
  /** The node has left: the process is to end in order. */
  readonly exit: () => void;
}

/** Who sees what a process has to say to people: by default its standard error. */
export type Listening = Pick<NodeOptions, 'onDeadLetter'> & Pick<Settings, 'logger'>;

/** The node of a process that was started for an actor, and that is not yet connected to anybody. */
export function joinAsChild(
  bootstrap: Bootstrap,
  world: World,
  { logger, onDeadLetter }: Listening = { logger: undefined, onDeadLetter: () => undefined },
): Node {
  const { system, directory, transports, transportBases, node, ...settings } = bootstrap;
  return new Node({
    world,
    settings: {
      ...settings,
      // What it starts itself is told of every bound.
      mailbox: { ...settings.mailbox, timeToLiveMs: settings.mailbox.timeToLiveMs },
      name: system,
      transports,
      transportIsChosen: true,
      runtimeDirectory: undefined,
      logger,
      warmProcesses: 0,
      shutdownTimeoutMs: 0,
      lag: DEFAULT_LAG,
    },
    node,
    parent: bootstrap.parent.node,
    directory,
    transportBases,
    onDeadLetter,
    onTransportFallback: () => undefined,
  });
}

/** Has `node` run what its parent sends it. */
export async function hostActor(node: Node, bootstrap: Bootstrap, program: Program): Promise<void> {
  await node.transports.adopt(bootstrap.parent.node, bootstrap.transports);
  const parent = await node.neighbours.connect(bootstrap.parent.node);
  program.connected(parent);
  await node
    .openLetterbox()
    .catch((error: unknown) => node.log.warn(`no letterbox: ${asError(error).message}`));
  new HostedActor(node, parent, program);
}

class HostedActor {
  readonly #node: Node;
  readonly #parent: PeerLink;
  readonly #program: Program;
  readonly #closing: Closing;
  #cell: ActorCell | undefined;

  constructor(node: Node, parent: PeerLink, program: Program) {
    this.#node = node;
    this.#parent = parent;
    this.#program = program;
    this.#closing = new Closing(node);
    parent.onLifecycle((message) => this.#receive(message));
    parent.whenEnded(() => void this.#leave());
    program.onDismissed(() => void (this.#cell?.stop(undefined, true) ?? this.#leave()));
  }

  #receive(message: ControlMessage): void {
    switch (message.type) {
      case 'spawn':
        void this.#spawn(message);
        break;
      case 'restart':
        if (this.#cell !== undefined) this.#restart(this.#cell);
        break;
      case 'resume':
        this.#cell?.resume();
        break;
      case 'rest':
        void this.#cell?.rest(message.timeoutMs).then(() => this.#parent.send({ type: 'rested' }));
        break;
      case 'closing':
        this.#closing.begin();
        break;
      case 'end':
        this.#cell?.end(message.reason as EndReason);
    }
  }

  #restart(cell: ActorCell): void {
    let isSaid = false;
    const say = (): void => {
      if (!isSaid) this.#parent.send({ type: 'restarted' });
      isSaid = true;
    };
    // Before it handles anything: the next that is said may be that it failed.
    cell.onRunning = say;
    cell
      .restart()
      .then(say, (error: unknown) => sendError(this.#parent, 'restart', asError(error)))
      .finally(() => (cell.onRunning = undefined));
  }

  async #spawn(request: SpawnRequest): Promise<void> {
    const { module, index, args, actor, label, mailbox } = request;
    try {
      const definition = await loadDefinition(module, index);
      const address = { node: this.#parent.node, actor, label };
      const number = this.#node.locals.nextNumber();
      if (number !== ROOT_ACTOR) throw new TypeError('a process hosts one actor');
      const spawner = new Spawner(this.#node, new Finder(this.#node), {
        decided: this.#decided,
        crashed: this.#crashed,
        closed: (child, part) => {
          // What is said over the lane may overtake that the system is being stopped.
          if (this.#cell?.state === 'stopping') this.#closing.begin();
          this.#closing.told(child, part);
        },
      });
      const cell = spawner.starter.createCell(definition, args, mailbox, address, number, {
        failed: (reason, canResume) => this.#failed(reason, canResume),
        // What becomes of it then is for the parent to decide, when this process has ended.
        finished: () => false,
        ended: (reason) => void this.#ended(reason),
      });
      this.#node.locals.add(cell, number);
      this.#node.addresses.addAlias(address, number);
      await cell.start();
      this.#cell = cell;
      this.#parent.send({ type: 'spawned', actor });
    } catch (error) {
      sendError(this.#parent, 'start', asError(error));
    }
  }

  #failed(reason: EndReason, canResume: boolean): void {
    try {
      this.#parent.send({ type: 'fault', reason, canResume });
    } catch {
      this.#parent.send({ type: 'fault', reason: bareReason(reason), canResume });
    }
  }

  /** A supervisor of this process decided something: those who listen are in the program that started all this. */
  readonly #decided = (event: SupervisionEvent): void => {
    try {
      this.#parent.send({ type: 'decided', event });
    } catch {
      this.#parent.send({ type: 'decided', event: { ...event, reason: bareReason(event.reason) } });
    }
  };

  /** A process below this one was ended by an error that nobody caught: it is told upwards as well. */
  readonly #crashed = (crash: ProcessCrash): void => {
    try {
      this.#parent.send({ type: 'crashed', crash });
    } catch {
      this.#parent.send({ type: 'crashed', crash: bareCrash(crash) });
    }
  };

  async #ended(reason: EndReason): Promise<void> {
    if (this.#cell === undefined) return;
    this.#closing.begin();
    await Promise.all(this.#node.locals.all.map((actor) => actor.stop(undefined, true)));
    await this.#node.flush(CLOSE_TIMEOUT_MS);
    this.#parent.send({ type: 'closed', report: this.#closing.report() });
    try {
      this.#parent.send({ type: 'ended', reason });
    } catch {
      this.#parent.send({ type: 'ended', reason: bareReason(reason) });
    }
    await this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#node.close(CLOSE_TIMEOUT_MS);
    this.#program.exit();
  }
}

async function loadDefinition(url: string, index: number): Promise<AnyDefinition> {
  const known = findDefinition(url, index);
  // Whoever put it there has made it by `defineActor`.
  if (known !== undefined) return known as AnyDefinition;
  try {
    await importActorModule(url);
  } catch (cause) {
    throw new TroupeError(
      'TROUPE_MODULE_NOT_LOADED',
      `spawn: ${url} cannot be imported in a process of its own: ${asError(cause).message}`,
      { cause },
    );
  }
  const definition = findDefinition(url, index);
  if (definition !== undefined) return definition as AnyDefinition;
  throw new TroupeError(
    'TROUPE_MODULE_NOT_LOADED',
    `spawn: ${url} was imported and defines no actor number ${String(index)}; call defineActor(import.meta.url, ...) at the top level of the module that has the actor`,
  );
}
