// Starts a process for an actor: what it inherits for the transport, and all it must know to join the system.
import type { NodeId } from '../address.ts';
import { TroupeError } from '../errors.ts';
import { FIRST_INHERITED_DESCRIPTOR, startProcess, type HostedProcess } from '../host/process-host.ts';
import { registeredTransports } from '../transport/load-transport.ts';
import type { Node } from './node.ts';

/** Starts a process that will join as `node`; `title` is shown beside its program's name. */
export async function startChild(parent: Node, node: NodeId, title: string): Promise<HostedProcess> {
  const { settings, directory, id, transports } = parent;
  const transport = await transports.configured();
  if (transport.capabilities.reach === 'process')
    throw new TroupeError(
      'TROUPE_TRANSPORT_REACH',
      `spawn in: 'process': the transport '${transport.name}' reaches only this process; choose unix, fifo or pipe`,
    );
  const ends = transport.prepareChild(node);
  transports.addRelative(node);
  try {
    const hosted = await startProcess(
      {
        system: settings.name,
        directory,
        node,
        parent: { node: id, pid: process.pid },
        transport: settings.transport,
        transportBases: [
          ...registeredTransports(),
          ...(process.argv[1] === undefined ? [] : [process.argv[1]]),
        ],
        descriptors: ends.descriptors.map((_, index) => FIRST_INHERITED_DESCRIPTOR + index),
        mailbox: settings.mailbox,
        askTimeoutMs: settings.askTimeoutMs,
        startTimeoutMs: settings.startTimeoutMs,
        stopTimeoutMs: settings.stopTimeoutMs,
        logLevel: settings.logLevel,
      },
      ends.descriptors,
      title,
    );
    parent.addHosted(node, hosted);
    void hosted.exited.then(() => ends.abandon());
    return hosted;
  } catch (error) {
    ends.abandon();
    throw error;
  } finally {
    ends.release();
  }
}
