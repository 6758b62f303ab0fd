// A new incarnation of a node: 128 random bits, which no other process has or will have.
import { randomName } from '@troupe/posix';
import type { NodeId } from '../address.ts';

export function newNodeId(): NodeId {
  return randomName(16);
}
