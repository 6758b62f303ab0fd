// A machine for one test: processes that are nodes of this event loop, a clock that stands still, and faults from a seed. It is
// quiet when nothing is left to do at this instant; moving time on is the matter of `VirtualTime`.
import { setImmediate, setTimeout } from 'node:timers';
import type { Bootstrap } from '../host/bootstrap.ts';
import type { HostedProcess } from '../host/process-host.ts';
import type { Logger } from '../logger.ts';
import type { DeadLetter } from '../system/account.ts';
import { hostActor, joinAsChild } from '../system/hosted-node.ts';
import type { Fault, FaultRates } from './faults.ts';
import { MemoryPlanes } from './memory-plane.ts';
import { SimulatedProcess, type SimulatedMachine } from './simulated-process.ts';
import { waitingIn } from './leftovers.ts';
import { testFailed } from './test-failed.ts';
import { VirtualClock } from './virtual-clock.ts';

// Beyond all that Linux gives, so that a signal sent to one by mistake meets nobody.
const FIRST_PID = 10_000_001;
// Turns of the event loop in which nothing happens; what one turn of an actor's own promises leads to is seen in these.
const QUIET_TURNS = 5;
// Turns in which something happens all the time before that is called endless.
const ENDLESS_TURNS = 200_000;
// Files, names and the like that an actor waits for are waited for as well, but not without end.
const OUTSIDE = /^FSReq|Req$|ReqWrap$|ConnectWrap$|Job$|Request$|^ZLIB/;
const OUTSIDE_PAUSE_MS = 1;
const LONGEST_OUTSIDE = 1000;

export interface SimulationOptions {
  readonly seed: number;
  readonly rates: FaultRates;
  readonly logger: Logger | undefined;
  /** A message that nobody handled, in a process that was started for an actor. */
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

export class Simulation implements SimulatedMachine {
  readonly seed: number;
  readonly rates: FaultRates;
  readonly clock = new VirtualClock();
  readonly planes = new MemoryPlanes();
  readonly faults: Fault[] = [];
  /** The process of the test itself. */
  readonly main: SimulatedProcess;
  readonly #options: SimulationOptions;
  readonly #processes = new Map<number, SimulatedProcess>();
  #stirs = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.seed = options.seed;
    this.rates = options.rates;
    this.main = new SimulatedProcess(this, FIRST_PID, false);
    this.#processes.set(FIRST_PID, this.main);
  }

  /** Every process that has been started and not ended. */
  get living(): readonly SimulatedProcess[] {
    return [...this.#processes.values()].filter((process) => !process.isDead);
  }

  processOf(pid: number): SimulatedProcess | undefined {
    return this.#processes.get(pid);
  }

  start(bootstrap: Bootstrap, parent: SimulatedProcess): Promise<HostedProcess> {
    const process = new SimulatedProcess(this, FIRST_PID + this.#processes.size, true);
    this.#processes.set(process.pid, process);
    this.stir();
    // Whoever is dead has nobody to start anything for.
    if (parent.isDead) process.kill();
    else parent.children.add(process);
    // As text, which is how a process gets it.
    const copy = JSON.parse(JSON.stringify(bootstrap)) as Bootstrap;
    setImmediate(() => void this.#run(process, copy));
    return Promise.resolve(process);
  }

  stir(): void {
    this.#stirs += 1;
  }

  record(fault: Fault): void {
    this.faults.push(fault);
  }

  /** What is left in all processes, a sentence each: messages that wait for an actor, or are under way. */
  get waiting(): readonly string[] {
    return this.living.flatMap(({ node }) => (node === undefined ? [] : waitingIn(node, true)));
  }

  /** Resolves when nothing is left to do at this instant. */
  async quiet(): Promise<void> {
    let turns = 0;
    for (;;) {
      turns = await this.#calm(turns);
      const before = this.#happened;
      // What the other side would hear a moment later: that it hears it now makes the accounts whole.
      for (const { node } of this.living)
        for (const { exchange } of node?.neighbours.links ?? []) exchange.reportAll();
      turns = await this.#calm(turns);
      if (this.#happened === before) return;
    }
  }

  get #happened(): number {
    return this.#stirs + this.clock.changes + this.planes.delivered;
  }

  async #calm(turnsBefore: number): Promise<number> {
    let turns = turnsBefore;
    let quietTurns = 0;
    let outside = 0;
    for (let seen = this.#happened; quietTurns < QUIET_TURNS; seen = this.#happened) {
      await new Promise((resolve) => setImmediate(resolve));
      turns += 1;
      quietTurns = this.#happened === seen ? quietTurns + 1 : 0;
      if (turns > ENDLESS_TURNS)
        throw testFailed(
          this.seed,
          'it does not become quiet: actors send to each other, or to themselves, without a pause',
        );
      if (quietTurns < QUIET_TURNS || outside >= LONGEST_OUTSIDE || !isOutsideBusy()) continue;
      outside += 1;
      quietTurns = 0;
      await new Promise((resolve) => setTimeout(resolve, OUTSIDE_PAUSE_MS));
    }
    return turns;
  }

  async #run(process: SimulatedProcess, bootstrap: Bootstrap): Promise<void> {
    if (process.isDead) return;
    const { logger, onDeadLetter } = this.#options;
    try {
      process.node = joinAsChild(bootstrap, process.world, { logger, onDeadLetter });
      const exit = (): void => process.end({ kind: 'exit', code: 0 });
      await hostActor(process.node, bootstrap, {
        connected: () => undefined,
        onDismissed: () => undefined,
        exit,
      });
    } catch (error) {
      if (process.isDead) return;
      process.node?.log.error(`a simulated process could not join its system: ${String(error)}`);
      process.end({ kind: 'exit', code: 1 });
    }
  }
}

/** Whether something of the machine is under way that will come back by itself. */
function isOutsideBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => OUTSIDE.test(name));
}
