// Which member of a pool gets the next message. Members that are being started again or have no room are passed over as long
// as another is ready; one that has room comes before one that runs. Those that are ending get nothing.

/** How a pool hands out messages; `PoolOptions.router` says what each does. */
export type RouterName = 'round-robin' | 'random' | 'least-busy' | 'consistent-hash' | 'broadcast' | 'pull';
export const ROUTERS: readonly RouterName[] = [
  'round-robin',
  'random',
  'least-busy',
  'consistent-hash',
  'broadcast',
  'pull',
];

/** What a message is kept together by: messages of one key go to one member. */
export type RoutingKey = (type: string, payload: unknown) => string | number;

/** What a router looks at. */
export interface Routee {
  readonly state: string;
  readonly depth: number;
  readonly hasRoom: boolean;
  /** Place in the pool, which a member keeps as long as it is there. */
  readonly slot: number;
}

/** Chooses among members that are open; undefined only when there is none. */
export type Choice = <T extends Routee>(
  members: readonly T[],
  type: string,
  payload: unknown,
) => T | undefined;

/** `chance` gives numbers from 0 to 1; `key` is needed by `'consistent-hash'` alone. */
export function createChoice(
  name: Exclude<RouterName, 'broadcast' | 'pull'>,
  chance: () => number,
  key: RoutingKey = (type) => type,
): Choice {
  if (name === 'consistent-hash')
    return (members, type, payload) => highestScore(members, hash(String(key(type, payload)), SEED));
  let next = 0;
  return (members) => {
    const start =
      name === 'random' ? Math.floor(chance() * members.length) : next % Math.max(members.length, 1);
    next = start + 1;
    return name === 'least-busy'
      ? leastBusy(members, start)
      : (firstWithRoom(members, start) ?? leastBusy(members, start));
  };
}

/** Whether a member takes messages: it runs, or will again. */
export function isOpen(member: Routee): boolean {
  return member.state !== 'stopping' && member.state !== 'ended';
}

export function isRunning(member: Routee): boolean {
  return member.state === 'running';
}

function firstWithRoom<T extends Routee>(members: readonly T[], start: number): T | undefined {
  for (let step = 0; step < members.length; step += 1) {
    const member = members[(start + step) % members.length];
    if (member !== undefined && member.hasRoom && isRunning(member)) return member;
  }
  return undefined;
}

// Among equals the turn goes round, or the first would do all the work of a pool that has little.
function leastBusy<T extends Routee>(members: readonly T[], start: number): T | undefined {
  let best: T | undefined;
  for (let step = 0; step < members.length; step += 1) {
    const member = members[(start + step) % members.length];
    if (member !== undefined && (best === undefined || isLessBusy(member, best))) best = member;
  }
  return best;
}

function isLessBusy(member: Routee, other: Routee): boolean {
  // Without room a message may be lost, and who sent it is told to wait only when nobody has any.
  if (member.hasRoom !== other.hasRoom) return member.hasRoom;
  if (isRunning(member) !== isRunning(other)) return isRunning(member);
  return member.depth < other.depth;
}

// Rendezvous hashing: each member draws a score for the key, and the highest gets it. When one leaves, only its keys move, and
// evenly to all others; a member that is being started again keeps its keys, for they wait for its state.
function highestScore<T extends Routee>(members: readonly T[], keyHash: number): T | undefined {
  let best: T | undefined;
  let highest = -1;
  for (const member of members) {
    const score = mix(keyHash ^ mix(member.slot + 1));
    if (score > highest) [best, highest] = [member, score];
  }
  return best;
}

const SEED = 0x811c9dc5;

// FNV-1a over the code units: short keys, and no need to keep anybody from choosing them.
function hash(text: string, seed: number): number {
  let value = seed;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

// The finisher of MurmurHash3: every bit of the input changes half of the output.
function mix(bits: number): number {
  let value = bits >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
