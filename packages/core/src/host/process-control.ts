// One child process, held by a descriptor: a signal reaches that process or nobody, also when its number has been given to
// another one meanwhile. What is said to it over the control plane is not done here.
import { constants, setPriority } from 'node:os';
import { closeDescriptor, openProcess, signalProcess } from '@troupe/posix';
import { isStopped, threadsOf } from './process-status.ts';

const { SIGSTOP, SIGCONT } = constants.signals;
// Highest number of a signal, of the real-time ones.
const LAST_SIGNAL = 64;

/** What can be done to a child process by the process that started it. */
export type Control = Pick<
  ProcessControl,
  'signal' | 'suspend' | 'resume' | 'setNice' | 'isStopped' | 'close'
>;

export class ProcessControl {
  readonly #pid: number;
  #descriptor: number | undefined;
  #isClosed = false;

  /** For a child that was not yet heard to end. Nothing is opened before the first signal. */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * False when the process has ended. Throws a TypeError for a signal that there is none of, a
   * SystemError when it may not be sent.
   */
  signal(signal: NodeJS.Signals | number): boolean {
    const number = typeof signal === 'number' ? signal : constants.signals[signal];
    if (!Number.isInteger(number) || number < 1 || number > LAST_SIGNAL)
      throw new TypeError(`signal: ${JSON.stringify(signal)} is no signal; give a name such as 'SIGUSR1'`);
    if (this.#isClosed) return false;
    this.#descriptor ??= openProcess(this.#pid);
    return signalProcess(this.#descriptor, number);
  }

  suspend(): boolean {
    return this.signal(SIGSTOP);
  }

  resume(): boolean {
    return this.signal(SIGCONT);
  }

  /** Whether the kernel has stopped it. */
  isStopped(): boolean {
    return isStopped(this.#pid);
  }

  /** Of all its threads: the kernel keeps it for each. Throws EACCES for a lower value than it has, without the right to that. */
  setNice(nice: number): void {
    if (this.#isClosed) return;
    for (const thread of threadsOf(this.#pid)) setPriority(thread, nice);
  }

  /** The process has ended. */
  close(): void {
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeDescriptor(this.#descriptor);
    this.#descriptor = undefined;
  }
}
