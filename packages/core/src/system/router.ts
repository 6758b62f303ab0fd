// Which member of a pool gets the next message. Members without room are passed over as long as another has some.

/** `'round-robin'`: each in turn; `'random'`; `'least-busy'`: the one with the fewest messages waiting or under way. */
export type RouterName = 'round-robin' | 'random' | 'least-busy';
export const ROUTERS: readonly RouterName[] = ['round-robin', 'random', 'least-busy'];

/** What a router looks at. */
export interface Routee {
  readonly depth: number;
  readonly hasRoom: boolean;
}

export type Router = <T extends Routee>(members: readonly T[]) => T | undefined;

/** A router of that name; `chance` gives numbers from 0 to 1. Undefined only when there is no member. */
export function createRouter(name: RouterName, chance: () => number): Router {
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

function firstWithRoom<T extends Routee>(members: readonly T[], start: number): T | undefined {
  for (let step = 0; step < members.length; step += 1) {
    const member = members[(start + step) % members.length];
    if (member?.hasRoom === true) return member;
  }
  return undefined;
}

// Among equals the turn goes round, or the first would do all the work of a pool that has little.
function leastBusy<T extends Routee>(members: readonly T[], start: number): T | undefined {
  let best: T | undefined;
  for (let step = 0; step < members.length; step += 1) {
    const member = members[(start + step) % members.length];
    if (member !== undefined && (best === undefined || member.depth < best.depth)) best = member;
  }
  return best;
}
