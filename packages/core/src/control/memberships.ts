// Who is in which group, as files: one a membership, named by the node that made it, so that whoever cleans up behind a dead
// node ends its memberships. Nobody owns a group; it is what its files say.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Address, NodeId } from '../address.ts';
import { encodeName, parseAddress } from './names.ts';

const GROUPS = 'groups';
const ENTRY = /^([0-9a-f]{32})\.([0-9a-f]{32})\.(\d+)$/;
let drafts = 0;

export interface Membership {
  /** File name, unique in its group. */
  readonly entry: string;
  /** The node that made it, and whose death ends it. */
  readonly maker: NodeId;
  readonly member: Address;
  readonly overflow: 'backpressure' | 'drop-newest';
}

/** Makes the directory of a group, where its memberships are; returns its path. */
export function openGroup(system: string, group: string): string {
  const path = join(system, GROUPS, `@${encodeName(group)}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Writes a membership, or replaces it; whoever reads sees it whole or not at all. */
export function writeMembership(group: string, maker: NodeId, member: Address, overflow: string): void {
  drafts += 1;
  const draft = join(group, `.${maker}-${String(drafts)}`);
  writeFileSync(draft, JSON.stringify({ ...member, overflow }), { mode: 0o600, flag: 'wx' });
  renameSync(draft, join(group, entryOf(maker, member)));
}

export function removeMembership(group: string, maker: NodeId, member: Address): void {
  rmSync(join(group, entryOf(maker, member)), { force: true });
}

/** The names of all memberships of a group. */
export function listMemberships(group: string): readonly string[] {
  return existsSync(group) ? readdirSync(group).filter((entry) => ENTRY.test(entry)) : [];
}

/** Undefined when it has ended meanwhile, or is none. */
export function readMembership(group: string, entry: string): Membership | undefined {
  const maker = makerOf(entry);
  try {
    const text = readFileSync(join(group, entry), 'utf8');
    const member = parseAddress(text);
    const { overflow } = JSON.parse(text) as { overflow?: unknown };
    if (maker === undefined || member === undefined || entry !== entryOf(maker, member)) return undefined;
    return { entry, maker, member, overflow: overflow === 'drop-newest' ? 'drop-newest' : 'backpressure' };
  } catch {
    return undefined;
  }
}

/** The node that made the membership of that name. */
export function makerOf(entry: string): NodeId | undefined {
  return ENTRY.exec(entry)?.[1];
}

/** Ends every membership that `node` made. Only for the node itself or who has its lock. */
export function removeMembershipsOf(system: string, node: NodeId): void {
  const groups = join(system, GROUPS);
  if (!existsSync(groups)) return;
  for (const group of readdirSync(groups))
    for (const entry of readdirSync(join(groups, group)))
      if (entry.startsWith(`${node}.`) || entry.startsWith(`.${node}-`))
        rmSync(join(groups, group, entry), { force: true });
}

function entryOf(maker: NodeId, member: Address): string {
  return `${maker}.${member.node}.${String(member.actor)}`;
}
