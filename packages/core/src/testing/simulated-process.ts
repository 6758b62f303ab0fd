// A process of a simulated system: a node of this event loop that believes to have a process to itself, and can be killed. Its
// memory is that of the test: what a module keeps outside of actors is shared, and what a handler awaits goes on behind its back.
import { constants } from 'node:os';
import { setImmediate } from 'node:timers';
import type { NodeId } from '../address.ts';
import type { Message } from '../actor/message.ts';
import type { ControlPlaneOptions } from '../control/control-plane.ts';
import type { Bootstrap } from '../host/bootstrap.ts';
import type { Control } from '../host/process-control.ts';
import type { HostedProcess, ProcessExit } from '../host/process-host.ts';
import type { Node } from '../system/node.ts';
import type { Delivery, World } from '../system/world.ts';
import type { Transport } from '../transport/contract.ts';
import { faultyArrivals, type ArrivalOwner } from './arrivals.ts';
import type { Fault, FaultRates } from './faults.ts';
import { simulatedTransport, type LaneOwner } from './faulty-lane.ts';
import type { MemoryPlane, MemoryPlanes } from './memory-plane.ts';
import { hexadecimal, seededChance, type Chance } from './seeded-chance.ts';
import { ProcessClock, type VirtualClock } from './virtual-clock.ts';

/** What the processes of one simulated system share. */
export interface SimulatedMachine {
  readonly seed: number;
  readonly rates: FaultRates;
  readonly clock: VirtualClock;
  readonly planes: MemoryPlanes;
  /** Starts a process that `parent` answers for. */
  start(bootstrap: Bootstrap, parent: SimulatedProcess): Promise<HostedProcess>;
  /** Something happened: it is not yet quiet. */
  stir(): void;
  record(fault: Fault): void;
}

// More than a chain of messages needs before sockets and timers of the test should have their turn; read at every step.
const STEP_MS = 0.05;

// What signals do to a process that has no listener for them: end it, but for these.
const HARMLESS: readonly NodeJS.Signals[] = ['SIGCHLD', 'SIGCONT', 'SIGINT', 'SIGURG', 'SIGUSR1', 'SIGWINCH'];
const STOPPING: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'];

export class SimulatedProcess implements HostedProcess, LaneOwner, ArrivalOwner {
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  readonly clock: ProcessClock;
  readonly chance: Chance;
  readonly rates: FaultRates;
  readonly world: World;
  readonly children = new Set<SimulatedProcess>();
  readonly control: Control = {
    signal: (signal) => this.#signal(signal),
    suspend: () => this.#suspend(true),
    resume: () => this.#suspend(false),
    isStopped: () => this.#isSuspended,
    // Nothing of it can be seen here.
    setNice: () => undefined,
    close: () => undefined,
  };
  node: Node | undefined;
  readonly #machine: SimulatedMachine;
  #plane: MemoryPlane | undefined;
  #isDead = false;
  #isSuspended = false;
  readonly #whenResumed: (() => void)[] = [];
  #isMortal: boolean;
  #markExited!: (exit: ProcessExit) => void;

  /** `pid` is no process of the machine: nothing can be done to one by mistake. */
  constructor(machine: SimulatedMachine, pid: number, isMortal: boolean) {
    this.#machine = machine;
    this.pid = pid;
    this.#isMortal = isMortal;
    this.clock = new ProcessClock(machine.clock);
    this.chance = seededChance(machine.seed, `faults of ${String(pid)}`);
    this.rates = machine.rates;
    this.exited = new Promise((resolve) => (this.#markExited = resolve));
    this.world = this.#newWorld();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  get isMortal(): boolean {
    return this.#isMortal && !this.#isDead;
  }

  /** Ends it as SIGKILL does. */
  kill(): void {
    this.end({ kind: 'signal', name: 'SIGKILL' });
  }

  doom(): void {
    this.#isMortal = false;
    setImmediate(() => this.kill());
  }

  end(exit: ProcessExit): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#machine.stir();
    this.clock.stop();
    this.#plane?.abandon();
    this.node?.vanish();
    // The kernel ends the children of a dead process, whatever they do.
    for (const child of this.children) child.kill();
    setImmediate(() => {
      this.#machine.stir();
      this.#markExited(exit);
    });
  }

  whenResumed(callback: () => void): void {
    this.#whenResumed.push(callback);
  }

  arrived(): void {
    this.#machine.stir();
  }

  full(): void {
    this.record('full', undefined);
  }

  record(kind: Fault['kind'], type: string | undefined): void {
    this.#machine.record({ kind, atMs: this.clock.now(), pid: this.pid, type });
  }

  #signal(signal: NodeJS.Signals | number): boolean {
    const names = Object.keys(constants.signals) as NodeJS.Signals[];
    const name =
      typeof signal === 'string' ? signal : names.find((known) => constants.signals[known] === signal);
    if (name === undefined || !Object.hasOwn(constants.signals, name))
      throw new TypeError(`signal: ${JSON.stringify(signal)} is no signal that a simulated process knows`);
    if (this.#isDead) return false;
    if (STOPPING.includes(name)) this.#suspend(true);
    else if (name === 'SIGCONT') this.#suspend(false);
    else if (!HARMLESS.includes(name)) this.end({ kind: 'signal', name });
    return true;
  }

  #suspend(isSuspended: boolean): boolean {
    if (this.#isDead) return false;
    if (this.#isSuspended === isSuspended) return true;
    this.#isSuspended = isSuspended;
    this.#machine.stir();
    if (isSuspended) this.clock.suspend();
    else this.clock.resume();
    this.#plane?.hold(isSuspended);
    if (!isSuspended) for (const callback of this.#whenResumed.splice(0)) setImmediate(callback);
    return true;
  }

  #newWorld(): World {
    const machine = this.#machine;
    const chance = seededChance(machine.seed, `chance of ${String(this.pid)}`);
    const names = seededChance(machine.seed, `nodes of ${String(this.pid)}`);
    let steps = 0;
    const loopClock = {
      now: (): number => {
        machine.stir();
        steps += STEP_MS;
        return steps;
      },
      after: (delayMs: number, callback: () => void) => this.clock.after(delayMs, callback),
    };
    return {
      pid: this.pid,
      clock: this.clock,
      loopClock,
      chance,
      newNodeId: (): NodeId => hexadecimal(names, 32),
      openPlane: (options: ControlPlaneOptions) => (this.#plane = machine.planes.open(options)),
      loadTransport: (): Promise<Transport> => Promise.resolve(simulatedTransport(this)),
      startProcess: (bootstrap) => machine.start(bootstrap, this),
      arrivals: (deliver: Delivery): ((to: number, message: Message) => void) =>
        faultyArrivals(this, deliver),
      onExit: () => () => undefined,
    };
  }
}
