// Whether a transport works on this machine, found out by having all that a lane needs made and removed. What follows from it
// is for others to say.
import { newNodeId } from '../control/new-node-id.ts';
import type { Transport } from '../transport/contract.ts';

/** Makes a receiving end for nobody, and removes it: the kernel is asked for all that a lane needs. Rejects when it refuses. */
export async function makeTrial(transport: Transport, directory: string): Promise<void> {
  if (transport.capabilities.reach === 'process') return;
  const peer = newNodeId();
  const ends = transport.prepareChild(peer);
  try {
    const receiver = await transport.receive({
      peer,
      directory,
      lane: 'trial',
      onFrame: () => undefined,
      onEnd: () => undefined,
    });
    await receiver.close();
  } finally {
    ends.abandon();
  }
}
