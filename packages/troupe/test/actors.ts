// The actors of the tests as this process knows them: `Worker` by its types only, for it runs in processes of its own, and
// `Recorder`, which runs in this event loop and remembers what came in which order.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { defineActor, type ActorRef, type ActorSystem, type AnyRef, type Down, type Protocol } from 'troupe';
import { crc32 } from './checksum.ts';

export interface Parcel {
  readonly sender: string;
  readonly seq: number;
  readonly body: string;
  readonly checksum: number;
}

/** What a receiver noted of a parcel: sender, number, and whether the body was as it had been sent. */
export type Receipt = readonly [sender: string, seq: number, isIntact: boolean];

export interface WorkerArguments {
  readonly log?: string;
  readonly failAtStart?: boolean;
  readonly exitAtStart?: number;
  readonly hangAtStart?: boolean;
  readonly hangAtStop?: boolean;
  readonly failAtStop?: boolean;
  readonly delayMs?: number;
  readonly blob?: unknown;
}

export interface Flood {
  readonly to: unknown;
  readonly count: number;
  readonly bytes: number;
  readonly sender: string;
  readonly end?: 'exit' | 'abort';
  readonly patient?: boolean;
}

interface Told {
  readonly to: unknown;
  readonly type: string;
  readonly count: number;
  readonly payload: unknown;
}

interface Asked {
  readonly to: unknown;
  readonly type: string;
  readonly payload?: unknown;
  readonly options?: unknown;
}

interface Child {
  readonly name?: string;
  readonly args?: WorkerArguments;
  readonly where?: 'process';
  readonly supervised?: boolean;
}

/** The end of an actor as a worker tells it. */
export interface NotedDown {
  readonly label: string;
  readonly kind: string;
  readonly message: string | undefined;
  readonly lost: number;
}

export const FIXTURES = join(import.meta.dirname, 'fixtures');

export function fixtureUrl(name: string): string {
  return pathToFileURL(join(FIXTURES, name)).href;
}

/** The handler of an actor that has a process of its own: only its type is ever used here, the code is that of the fixture. */
export function elsewhere(): never {
  throw new Error('this actor runs in a process of its own');
}

export const Worker = defineActor(fixtureUrl('worker.actor.mjs'), {
  init: (_context, args: WorkerArguments | undefined): WorkerArguments | undefined => args,
  handlers: {
    put: (_state: unknown, _parcel: Parcel): void => elsewhere(),
    report: (_state: unknown): readonly Receipt[] => elsewhere(),
    keep: (_state: unknown): number => elsewhere(),
    kept: (_state: unknown): number => elsewhere(),
    args: (_state: unknown): WorkerArguments | undefined => elsewhere(),
    pid: (_state: unknown): number => elsewhere(),
    pidFor: (_state: unknown, _key: string): number => elsewhere(),
    echo: (_state: unknown, _value: unknown): unknown => elsewhere(),
    flood: (_state: unknown, _flood: Flood): number => elsewhere(),
    tellMany: (_state: unknown, _told: Told): number => elsewhere(),
    tellPatiently: (_state: unknown, _told: Told): void => elsewhere(),
    ask: (_state: unknown, _asked: Asked): unknown => elsewhere(),
    slowly: (_state: unknown, _delayMs: number): string => elsewhere(),
    wasAborted: (_state: unknown): boolean => elsewhere(),
    hang: (_state: unknown): void => elsewhere(),
    spin: (_state: unknown): void => elsewhere(),
    busy: (_state: unknown, _forMs: number): void => elsewhere(),
    fail: (_state: unknown, _error: { name?: string; message: string; code?: string }): void => elsewhere(),
    failWithFunction: (_state: unknown): void => elsewhere(),
    throwLater: (_state: unknown, _value: unknown): void => elsewhere(),
    rejectLater: (_state: unknown): void => elsewhere(),
    heed: (_state: unknown, _signal: string): void => elsewhere(),
    heeded: (_state: unknown): number => elsewhere(),
    fillHeap: (_state: unknown): void => elsewhere(),
    exit: (_state: unknown, _code: number): void => elsewhere(),
    kill: (_state: unknown, _signal: string): void => elsewhere(),
    abort: (_state: unknown): void => elsewhere(),
    stopSelf: (_state: unknown): void => elsewhere(),
    stopOther: (_state: unknown, _other: { ref: unknown; options: object }): void => elsewhere(),
    joinGroup: (_state: unknown, _joining: { group: string; overflow?: string }): void => elsewhere(),
    leaveGroup: (_state: unknown, _group: string): void => elsewhere(),
    groupSize: (_state: unknown, _group: string): number => elsewhere(),
    publish: (_state: unknown, _event: { group: string; type: string; payload?: unknown }): boolean =>
      elsewhere(),
    watch: (_state: unknown, _ref: unknown): void => elsewhere(),
    downs: (_state: unknown): readonly NotedDown[] => elsewhere(),
    spawnChild: (_state: unknown, _child: Child): WorkerRef => elsewhere(),
    spawnAndStop: (_state: unknown, _child: { where: 'process' | undefined; log: string }): void =>
      elsewhere(),
    find: (_state: unknown, _name: string): WorkerRef | undefined => elsewhere(),
    keepRef: (_state: unknown, _ref: unknown): void => elsewhere(),
    askKept: (_state: unknown, _asked: { type: string; payload?: unknown }): unknown => elsewhere(),
    writeTo: (_state: unknown, _target: { path: string; bytes: Uint8Array }): void => elsewhere(),
    createSystem: (_state: unknown, _options: unknown): string => elsewhere(),
    returnFunction: (_state: unknown): unknown => elsewhere(),
    memory: (_state: unknown): number => elsewhere(),
  },
});

// A protocol that names itself would be a circle; what a worker hands out is asked by name.
export type WorkerRef = ActorRef<Protocol>;

/** What a recorder remembers, in the order it came. */
export interface Record {
  readonly received: Receipt[];
  readonly downs: Down[];
}

/** An actor of this event loop. Its state is `record`, so that the test can look. */
export const Recorder = defineActor(import.meta.url, {
  init: (context, { record, watch }: { record: Record; watch?: readonly AnyRef[] }) => {
    for (const ref of watch ?? []) context.watch(ref);
    return { ...record, context };
  },
  handlers: {
    put({ received }, { sender, seq, body, checksum }: Parcel) {
      received.push([sender, seq, crc32(body) === checksum]);
    },
    watch({ context }, ref: AnyRef) {
      context.watch(ref);
    },
    count: ({ received }) => received.length,
    other: (_state, value: unknown) => value,
  },
  onDown({ downs }, down) {
    downs.push(down);
  },
});

export function newRecord(): Record {
  return { received: [], downs: [] };
}

/** The notice that `ref` ended. */
export function down(system: ActorSystem, ref: AnyRef): Promise<Down> {
  return new Promise((resolve) => system.watch(ref, resolve));
}

export function parcel(sender: string, seq: number, bytes: number): Parcel {
  const body = `${String(seq)}.`.padEnd(bytes, 'x');
  return { sender, seq, body, checksum: crc32(body) };
}

/** How the parcels of one sender came, in few words. */
export interface Judgement {
  readonly count: number;
  readonly isInOrder: boolean;
  readonly isWithoutGap: boolean;
  readonly damaged: number;
}

export function judge(report: readonly Receipt[], sender: string): Judgement {
  const own = report.filter(([from]) => from === sender);
  return {
    count: own.length,
    isInOrder: own.every(([, seq], index) => index === 0 || seq > (own[index - 1]?.[1] ?? 0)),
    isWithoutGap: own.every(([, seq], index) => seq === index),
    damaged: own.filter(([, , isIntact]) => !isIntact).length,
  };
}

export function wholeAndInOrder(count: number): Judgement {
  return { count, isInOrder: true, isWithoutGap: true, damaged: 0 };
}
