// One actor without a system: the test owns its clock, and decides about it when it fails.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ActorCell } from '../../src/actor/actor-cell.ts';
import type { ContextServices } from '../../src/actor/actor-context.ts';
import type { ActorDefinition } from '../../src/actor/behavior.ts';
import { Deadlines } from '../../src/actor/deadlines.ts';
import { DEFAULT_LIMITS, type MailboxLimits } from '../../src/actor/mailbox-limits.ts';
import type { EndReason } from '../../src/actor/end-reason.ts';
import { askOf } from '../../src/actor/pending-ask.ts';
import { RunQueue } from '../../src/actor/run-queue.ts';
import { Account, deadLetterError, type AccountSnapshot } from '../../src/system/account.ts';
import { manualClock, type ManualClock } from '../manual-clock.ts';

export interface LoneCell {
  readonly cell: ActorCell;
  readonly clock: ManualClock;
  /** `<reason> <type>` of each. */
  readonly deadLetters: readonly string[];
  /** Why it failed, each time; the cell is then at rest. */
  readonly failures: readonly EndReason[];
  account(): AccountSnapshot;
  /** Asks; without `timeoutMs` for as long as it takes. */
  ask(type: string, payload?: unknown, timeoutMs?: number, signal?: AbortSignal): Promise<unknown>;
  /** Moves time on, and lets the actor do what there is to do. */
  pass(ms: number): Promise<void>;
  /** Lets the actor do what there is to do. */
  settle(): Promise<void>;
}

export async function loneCell(
  definition: ActorDefinition<never, never>,
  limits: Partial<MailboxLimits> = {},
): Promise<LoneCell> {
  const clock = manualClock();
  const account = new Account();
  const deadLetters: string[] = [];
  const failures: EndReason[] = [];
  const cell = new ActorCell(
    { node: 'n', actor: 1 } as unknown as ActorCell['address'],
    definition.behavior,
    undefined,
    { ...DEFAULT_LIMITS, capacity: 100, maxBytes: 1e6, ...limits },
    {
      clock,
      runQueue: new RunQueue(clock, 5),
      deadlines: new Deadlines(clock),
      askTimeoutMs: Infinity,
      stopTimeoutMs: 1000,
      send: (type, payload, asker) => account.send(type, payload, asker),
      deadLetter: (message, to, reason, ended) => {
        message.origin.settle('dead', 1, message.bytes, message.prompt);
        message.asker?.reject(deadLetterError(message.type, to, reason, ended));
        deadLetters.push(`${reason} ${message.type}`);
      },
    },
    {
      startTimeoutMs: 1000,
      failed: (reason) => failures.push(reason),
      finished: () => false,
      ended: () => undefined,
    },
    () =>
      // A cell stands for its own ref.
      ({ close: () => undefined, destination: (cell: unknown) => cell }) as unknown as ContextServices,
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  await cell.start();
  return {
    cell,
    clock,
    deadLetters,
    failures,
    account: () => account.snapshot(),
    ask: (...asked) => askOf(cell, ...asked),
    settle,
    async pass(ms) {
      clock.advance(ms);
      await settle();
    },
  };
}
