// Checks what `spawn` and `spawnPool` are given; the compiler did so for those who have one.
import type { ActorDefinition } from '../actor/behavior.ts';
import { DEFAULT_LIMITS, resolveLimits, type MailboxOptions } from '../actor/mailbox-limits.ts';
import type { PoolOptions, ProcessKind, SpawnOptions } from '../actor/spawning.ts';
import type { Protocol } from '../actor/protocol.ts';
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { RESTART_TYPES } from '../supervision/decision.ts';
import type { Child } from '../supervision/define-supervisor.ts';
import type { PlaceOptions } from '../supervision/place.ts';
import { resolveRestartLimits, type Strategy } from '../supervision/strategy.ts';
import { bytes, readDuration } from '../units.ts';
import { ROUTERS } from './pool/router.ts';

const SPAWN_OPTIONS = ['args', 'in', 'name', 'mailbox', 'maxHeap', 'supervise'];
const CHILD_OPTIONS = ['args', 'in', 'name', 'mailbox', 'maxHeap', 'restart', 'intensity', 'stopTimeout'];
const POOL_OPTIONS = [...SPAWN_OPTIONS, 'router', 'key', 'orphans'];
const PROCESS_KINDS: readonly unknown[] = ['process', 'cluster'] satisfies readonly ProcessKind[];
// What the members of a pool are called in `in`, and where each of them is then.
const POOL_PLACES: Readonly<Record<string, ProcessKind | undefined>> = {
  processes: 'process',
  cluster: 'cluster',
  actors: undefined,
};

// Node and the runtime need some of it themselves.
const LEAST_HEAP_BYTES = 16 * 1024 * 1024;

/** The members of a pool: how many, and what each has for a process; undefined: none of its own. */
export interface PoolShape {
  readonly count: number;
  readonly kind: ProcessKind | undefined;
}

export function checkSpawnOptions(
  definition: ActorDefinition<never, Protocol>,
  options: SpawnOptions<unknown>,
): void {
  checkKeys('spawn', definition, options, SPAWN_OPTIONS);
  checkIn('spawn', options.in);
  checkHeap('spawn', options.maxHeap, options.in !== undefined);
  checkMailbox(options.mailbox);
  checkSupervision('spawn', options.supervise);
}

/** How a child is to be treated, checked and with what the strategy says for what was left out. */
export function childPlace(
  name: string,
  child: Child,
  strategy: Strategy,
): Pick<PlaceOptions, 'restart' | 'limits' | 'stopTimeoutMs'> {
  const operation = `child '${name}'`;
  if (/^\d+$/.test(name))
    throw refusal(
      'defineSupervisor',
      'children',
      name,
      'a name that is no number: numbers would change the order',
    );
  checkKeys(operation, child.definition, child.options, CHILD_OPTIONS);
  checkIn(operation, child.options.in);
  checkHeap(operation, child.options.maxHeap, child.options.in !== undefined);
  checkMailbox(child.options.mailbox);
  const { restart = 'permanent', intensity = {}, stopTimeout } = child.options;
  if (!RESTART_TYPES.includes(restart))
    throw refusal(operation, 'restart', restart, RESTART_TYPES.map((type) => `'${type}'`).join(' or '));
  return {
    restart,
    limits: resolveRestartLimits(operation, intensity, strategy),
    stopTimeoutMs: readDuration(operation, 'stopTimeout', stopTimeout),
  };
}

/** Returns how many members the pool is to have, and where. */
export function checkPoolOptions(
  definition: ActorDefinition<never, Protocol>,
  options: PoolOptions<unknown>,
): PoolShape {
  checkKeys('spawnPool', definition, options, POOL_OPTIONS);
  checkSupervision('spawnPool', options.supervise);
  const shape = poolShape(options.in);
  checkHeap('spawnPool', options.maxHeap, shape.kind !== undefined);
  if (options.router !== undefined && !ROUTERS.includes(options.router))
    throw refusal('spawnPool', 'router', options.router, ROUTERS.map((name) => `'${name}'`).join(' or '));
  const needsKey = options.router === 'consistent-hash';
  if (needsKey !== (typeof options.key === 'function'))
    throw refusal(
      'spawnPool',
      'key',
      String(options.key),
      needsKey ? 'a function (type, payload) => key' : "none unless router is 'consistent-hash'",
    );
  if (options.router === 'pull' && options.mailbox?.overflow === 'fail')
    throw refusal(
      'spawnPool',
      'mailbox.overflow',
      'fail',
      "another policy with router 'pull', whose queue is that of no actor that could fail",
    );
  if (
    options.orphans !== undefined &&
    options.orphans !== 'redistribute' &&
    options.orphans !== 'dead-letter'
  )
    throw refusal('spawnPool', 'orphans', options.orphans, "'redistribute' or 'dead-letter'");
  return shape;
}

/** What people call an actor of that kind: its file, without what every actor's file is called. */
export function labelOf(definition: ActorDefinition<never, Protocol>): string {
  const file = definition.url.slice(definition.url.lastIndexOf('/') + 1);
  return file.replace(/(?:\.actor)?\.[cm]?[jt]s(?:\?.*)?$/, '');
}

function checkIn(operation: string, where: unknown): void {
  if (where !== undefined && !PROCESS_KINDS.includes(where))
    throw refusal(operation, 'in', where, "'process' or 'cluster', or leave it out for this event loop");
}

function checkHeap(operation: string, maxHeap: unknown, hasProcess: boolean): void {
  if (maxHeap === undefined) return;
  if (!hasProcess)
    throw refusal(
      operation,
      'maxHeap',
      maxHeap,
      'none for an actor of this event loop: a heap is one for the whole process',
    );
  if ((bytes(maxHeap) ?? 0) < LEAST_HEAP_BYTES)
    throw refusal(operation, 'maxHeap', maxHeap, "bytes, or a string such as '256MiB', and 16 MiB or more");
}

function checkMailbox(mailbox: MailboxOptions | undefined): void {
  resolveLimits(mailbox, DEFAULT_LIMITS);
}

function poolShape(where: unknown): PoolShape {
  const entries = Object.entries(where ?? {}) as [string, unknown][];
  const [name = '', count] = entries[0] ?? [];
  if (
    entries.length === 1 &&
    Object.hasOwn(POOL_PLACES, name) &&
    Number.isInteger(count) &&
    Number(count) >= 1
  )
    return { count: Number(count), kind: POOL_PLACES[name] };
  throw refusal(
    'spawnPool',
    'in',
    where,
    '{ processes: 4 }, { cluster: 4 } or { actors: 4 }, with 1 member or more',
  );
}

// One actor has no siblings that could be started with it.
function checkSupervision(operation: string, strategy: Strategy | undefined): void {
  if (strategy !== undefined && strategy.type !== 'one-for-one')
    throw refusal(
      operation,
      'supervise',
      strategy.type,
      'what oneForOne returns; other strategies are for the children of defineSupervisor',
    );
}

function checkKeys(
  operation: string,
  definition: ActorDefinition<never, Protocol>,
  options: object,
  known: readonly string[],
): void {
  if (typeof definition !== 'object' || typeof definition?.url !== 'string')
    throw new TypeError(`${operation}: the first argument must be what defineActor returned`);
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `${operation}: '${key}' is no option.${didYouMean(key, known)} Known are: ${known.join(', ')}`,
      );
}

function refusal(operation: string, option: string, value: unknown, expected: string): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `${operation}: ${option} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}
