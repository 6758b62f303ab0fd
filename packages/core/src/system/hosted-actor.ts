// The actor of a process that was started for it: begun, restarted and ended as the parent says. Failure and end are reported to
// the parent, which decides; the process exits with the actor.
import type { ActorCell } from '../actor/actor-cell.ts';
import { asError, bareReason } from '../actor/failure.ts';
import type { EndReason } from '../actor/end-reason.ts';
import type { ControlMessage } from '../control/control-message.ts';
import { Closing } from './closing.ts';
import { sendError, tellParent } from './errors-for-parent.ts';
import { Finder } from './finder.ts';
import { ROOT_ACTOR } from './incarnation.ts';
import { loadDefinition } from './load-definition.ts';
import type { Node } from './node.ts';
import type { PeerLink } from './peer-link.ts';
import { bareCrash, type ProcessCrash } from './process-crash.ts';
import { Spawner } from './spawner.ts';
import type { SupervisionEvent } from './supervision-event.ts';

type SpawnRequest = Extract<ControlMessage, { type: 'spawn' }>;

// How long handing over what was sent may take when the actor has ended.
const CLOSE_TIMEOUT_MS = 2000;

/** What the process around a hosted node does for it. */
export interface Program {
  /** The node is connected to its parent. */
  readonly connected: (parent: PeerLink) => void;
  /** `callback` is called when the actor is to stop for another reason than its parent's word. */
  readonly onDismissed: (callback: () => void) => void;
  /** The node has left: the process is to end in order. */
  readonly exit: () => void;
}

export class HostedActor {
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
    const say = (): void => this.#parent.send({ type: 'restarted' });
    whenRunning(cell, () => cell.restart(), say).catch((error: unknown) =>
      sendError(this.#parent, 'restart', asError(error)),
    );
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
        // Its parent ends the process then.
        startTimeoutMs: undefined,
        failed: (reason, canResume) => this.#failed(reason, canResume),
        // What becomes of it then is for the parent to decide, when this process has ended.
        finished: () => false,
        ended: (reason) => void this.#ended(reason),
      });
      this.#node.locals.add(cell, number);
      this.#node.addresses.addAlias(address, number);
      const say = (): void => {
        this.#cell = cell;
        this.#parent.send({ type: 'spawned', actor });
      };
      await whenRunning(cell, () => cell.start(), say);
    } catch (error) {
      sendError(this.#parent, 'start', asError(error));
    }
  }

  #failed(reason: EndReason, canResume: boolean): void {
    tellParent(this.#parent, { type: 'fault', reason, canResume }, () => ({
      type: 'fault',
      reason: bareReason(reason),
      canResume,
    }));
  }

  /** A supervisor of this process decided something: those who listen are in the program that started all this. */
  readonly #decided = (event: SupervisionEvent): void =>
    tellParent(this.#parent, { type: 'decided', event }, () => ({
      type: 'decided',
      event: { ...event, reason: bareReason(event.reason) },
    }));

  /** A process below this one was ended by an error that nobody caught: it is told upwards as well. */
  readonly #crashed = (crash: ProcessCrash): void =>
    tellParent(this.#parent, { type: 'crashed', crash }, () => ({
      type: 'crashed',
      crash: bareCrash(crash),
    }));

  async #ended(reason: EndReason): Promise<void> {
    if (this.#cell === undefined) return;
    this.#closing.begin();
    await Promise.all(this.#node.locals.all.map((actor) => actor.stop(undefined, true)));
    await this.#node.flush(CLOSE_TIMEOUT_MS);
    this.#parent.send({ type: 'closed', report: this.#closing.report() });
    tellParent(this.#parent, { type: 'ended', reason }, () => ({
      type: 'ended',
      reason: bareReason(reason),
    }));
    await this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#node.close(CLOSE_TIMEOUT_MS);
    this.#program.exit();
  }
}

/**
 * Has `start` bring `cell` to run, and calls `say` once as soon as it does: before it handles anything, for the next that is said
 * may be that it failed. Rejects as `start` does.
 */
async function whenRunning(cell: ActorCell, start: () => Promise<void>, say: () => void): Promise<void> {
  let isSaid = false;
  const sayOnce = (): void => {
    if (!isSaid) say();
    isSaid = true;
  };
  cell.onRunning = sayOnce;
  try {
    await start();
    sayOnce();
  } finally {
    cell.onRunning = undefined;
  }
}
