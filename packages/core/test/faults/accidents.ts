// One process that is killed, or stopped for a while, at one step of one life; and what is wrong afterwards.
import type { Transport } from '@troupe/core/transport';
import {
  closeDescriptor,
  isSystemError,
  journalledObjects,
  openPosixQueue,
  removeJournalledObjects,
} from '@troupe/posix';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { LifeProcess } from './life-process.ts';
import type { Life } from './life-names.ts';
import { writeLifeProgram } from './life-program.ts';
import type { LifeArguments } from './life.ts';
import { letterboxIn, postTo } from './letter-writer.ts';
import { exchange, leaveFor, receiveFrom, sendTo, stayAway } from './survivor.ts';
import type { Meeting } from './survivor.ts';

const STOPPED_MS = 2000;
/** A step may not be passed when the machine is slow: then nobody slept, say. */
const ATTEMPTS = 5;
const GONE = ['TROUPE_PEER_LOST', 'TROUPE_NO_LISTENER'];

/** A transport with its options. */
export interface FaultSubject {
  readonly title: string;
  readonly source: Pick<LifeArguments, 'module' | 'name' | 'options'>;
  /** The same transport in this process. */
  create(): Transport;
  /** Whether what a sender was told is sent arrives although it is killed right then. */
  readonly commitsAtOnce: boolean;
  /** Which steps to try; all when it is missing. */
  readonly only?: RegExp;
  /** Processes are killed the first time they pass a step; never stopped, never killed later. */
  readonly isBrief?: boolean;
}

export type Action = 'kill' | 'stop';

export interface Accident {
  readonly life: Life;
  /** What the victim finds in TROUPE_FAULT. */
  readonly fault: string;
  readonly action: Action | 'none';
  /** Whether the step need not be passed: in another life it was, or earlier in this one. */
  readonly mayMiss: boolean;
}

export class Accidents {
  readonly #subject: FaultSubject;
  readonly #scratch: string;
  readonly #program: string;
  readonly #transport: Transport;
  /** Of this node, for all its lanes: nodes have one. */
  readonly #here: string;
  readonly #helper: LifeProcess;
  #exchanges: Promise<unknown> = Promise.resolve();
  #rounds = 0;
  #directories = 0;
  #lanes = 0;

  private constructor(subject: FaultSubject, scratch: string) {
    this.#subject = subject;
    this.#scratch = scratch;
    this.#transport = subject.create();
    this.#program = writeLifeProgram(scratch);
    this.#here = this.#newDirectory();
    this.#helper = this.#start('helper', this.#newDirectory());
  }

  /** With one exchange made: what a process opens once and keeps is open then. */
  static async prepare(subject: FaultSubject, scratch: string): Promise<Accidents> {
    const accidents = new Accidents(subject, scratch);
    await accidents.#exchange();
    return accidents;
  }

  async end(): Promise<void> {
    await this.#helper.abandon();
    await this.#transport.close();
  }

  /** Names that the lanes of this process have left, once all are closed. */
  names(): readonly string[] {
    return names(this.#here);
  }

  /** What was wrong; nothing, if all is well. */
  async run(accident: Accident): Promise<readonly string[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const problems = await this.#attempt(accident);
      if (problems !== undefined) return problems;
    }
    return accident.mayMiss ? [] : ['the step was not passed'];
  }

  /** Undefined: the step was not passed. */
  async #attempt({ life, fault, action }: Accident): Promise<readonly string[] | undefined> {
    const there = this.#newDirectory();
    const victim = this.#start(life, there, fault);
    const problems: string[] = [];
    try {
      const meeting = this.#meet(life, victim, there);
      // Waited for below.
      meeting.catch(() => {});
      const isHeldUp = action === 'stop' && (await this.#isStopped(victim));
      if (isHeldUp) problems.push(...(await this.#holdUp(victim)));
      const met = await meeting;
      if (action === 'stop' && !isHeldUp && victim.find('done') === true) return undefined;
      if (action === 'kill' && !victim.wasKilled) {
        return victim.find('done') === true ? undefined : ['the victim failed by itself'];
      }
      problems.push(
        ...met.faults,
        ...(action === 'kill' ? this.#afterDeath(life, victim, met) : afterLife(life, victim, met)),
      );
      if (action === 'kill') problems.push(...reclaim(there));
      // Whoever was offered a lane has taken its name away; what nobody heard of goes with the directory.
      if (action !== 'kill' || victim.find('offer') !== undefined) problems.push(...names(there));
      problems.push(...(await this.#exchange()));
    } catch (error) {
      problems.push(String(error));
    } finally {
      await victim.abandon();
      rmSync(there, { recursive: true });
    }
    return problems;
  }

  #meet(life: Life, victim: LifeProcess, there: string): Promise<Meeting> {
    switch (life) {
      case 'sender':
        this.#lanes += 1;
        return receiveFrom(victim, this.#transport, this.#here, `lane-${this.#lanes}`);
      case 'receiver':
        return sendTo(victim, this.#transport, this.#here);
      case 'drainer':
        return leaveFor(victim, this.#transport, this.#here);
      case 'absent':
        return stayAway(victim, this.#transport, this.#here);
      case 'letterbox':
        return postTo(victim, there);
    }
  }

  async #isStopped(victim: LifeProcess): Promise<boolean> {
    await eventually('the victim stops', () => victim.isStopped || victim.isOver);
    return !victim.isOver;
  }

  /** Lets the victim stand where it stopped for a while, in which others go on. */
  async #holdUp(victim: LifeProcess): Promise<readonly string[]> {
    const [problems] = await Promise.all([this.#exchange(), delay(STOPPED_MS)]);
    victim.resume();
    return problems;
  }

  #afterDeath(life: Life, victim: LifeProcess, met: Meeting): readonly string[] {
    if (life !== 'sender') {
      // Closed by this end before it died, or lost.
      const isEnd = met.end === undefined || GONE.includes(met.end);
      return [...arrivedAt(victim, met, met.sent + 1), ...(isEnd ? [] : [`the lane ended with ${met.end}`])];
    }
    const sent = victim.last('sent');
    const least = this.#subject.commitsAtOnce ? victim.last('settled') : 0;
    const problems: string[] = [];
    if (met.received < least || met.received > sent + 1) {
      problems.push(`${met.received} frames came, ${least} were committed, ${sent} sent`);
    }
    const isWhole = victim.find('closing') === true && met.received === sent && met.end === 'closed';
    if (!isWhole && met.end !== 'TROUPE_PEER_LOST')
      problems.push(`the lane ended with ${met.end ?? 'nothing'}`);
    return problems;
  }

  /** One after the other: the helper is one process. */
  #exchange(): Promise<readonly string[]> {
    const next = this.#exchanges.then(async () => {
      const round = this.#rounds;
      this.#rounds += 1;
      return exchange(this.#helper, this.#transport, this.#here, round);
    });
    this.#exchanges = next;
    return next;
  }

  #start(life: Life | 'helper', directory: string, fault = ''): LifeProcess {
    return new LifeProcess(this.#program, { ...this.#subject.source, life, directory }, fault);
  }

  #newDirectory(): string {
    this.#directories += 1;
    const directory = join(this.#scratch, String(this.#directories));
    mkdirSync(directory, { mode: 0o700 });
    return directory;
  }
}

/** Everything happened as if nothing had. */
function afterLife(life: Life, victim: LifeProcess, met: Meeting): readonly string[] {
  const problems = victim.find('done') === true ? [] : ['the victim did not come to its end'];
  if (life === 'sender') {
    const sent = victim.last('sent');
    if (met.received !== sent) problems.push(`${met.received} frames came of ${sent}`);
    if (met.end !== 'closed') problems.push(`the lane ended with ${met.end ?? 'nothing'}`);
  } else if (life !== 'absent') {
    problems.push(...arrivedAt(victim, met, met.sent));
    if (victim.last('received') !== met.sent) {
      problems.push(`${victim.last('received')} frames came of ${met.sent}`);
    }
    if (victim.find('end') !== 'closed')
      problems.push(`the lane ended with ${victim.find('end') ?? 'nothing'}`);
    if (met.end !== undefined) problems.push(`the sender was told ${met.end}`);
  }
  return problems;
}

/** What came at the victim is what was sent: from the first, each once, whole. */
function arrivedAt(victim: LifeProcess, met: Meeting, most: number): readonly string[] {
  const received = victim.words.filter((word) => word.received !== undefined);
  const faults = received.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  if (received.length > most) faults.push(`${received.length} frames came, ${met.sent} were sent`);
  return faults;
}

/** What the runtime does for a node that is dead; what is left of its queues then. */
function reclaim(directory: string): readonly string[] {
  const queues = [...journalledObjects(directory), ...letterboxIn(directory)].flatMap((object) =>
    object.kind === 'posix-queue' ? [object.name] : [],
  );
  removeJournalledObjects(directory);
  // Few systems have a place where they could be listed; the other kinds of objects are looked for at the end.
  return queues.filter(canBeOpened).map((name) => `the queue ${name} is left`);
}

function canBeOpened(queue: string): boolean {
  try {
    closeDescriptor(openPosixQueue(queue));
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

function names(directory: string): readonly string[] {
  return readdirSync(directory).map((name) => `the name ${name} is left`);
}
