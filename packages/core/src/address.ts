// Where an actor lives: the node that answers for it and its number there. An address is plain data; what turns one
// into a handle is the system. Refs of every build are recognised by one symbol, so the codec needs no class for it.

/** A node is one process that joined a system: a random 128-bit incarnation in hexadecimal, never a pid. */
export type NodeId = string;

/** Where an actor lives; plain data. */
export interface Address {
  /** Incarnation of the node that owns the actor: 32 hexadecimal digits. */
  readonly node: NodeId;
  /** Number of the actor on that node; starts at 1 and is never used twice. */
  readonly actor: number;
  /** What people call it, for messages and logs: a name, or the definition's file and the number. */
  readonly label: string;
}

/** Key under which a ref exposes its `Address`. */
export const ADDRESS = Symbol.for('troupe.address');

export function addressOf(value: unknown): Address | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as { [ADDRESS]?: Address })[ADDRESS];
}

/** `indexer-3@1f9a` : label and the first digits of the node, enough to tell two nodes apart in a log. */
export function formatAddress(address: Address): string {
  return `${address.label}@${address.node.slice(0, 6)}`;
}

/** The same text for the same actor, and no other: for maps. */
export function addressKey(address: Address): string {
  return `${address.node}/${String(address.actor)}`;
}
