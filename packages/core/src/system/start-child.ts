// Starts a process for an actor: what it inherits for the transport, and all it must know to join the system.
import { join } from 'node:path';
import type { NodeId } from '../address.ts';
import type { ProcessKind } from '../actor/spawning.ts';
import type { HostedProcess } from '../host/process-host.ts';
import { registeredTransports } from '../transport/load-transport.ts';
import type { Node } from './node.ts';

/** Starts a process that will join as `node`; `title` is shown beside its program's name. */
export async function startChild(
  parent: Node,
  node: NodeId,
  title: string,
  kind: ProcessKind,
  maxHeapBytes?: number,
): Promise<HostedProcess> {
  const { settings, directory, id, transports, world } = parent;
  const ends = await transports.prepareChild(node);
  try {
    const hosted = await world.startProcess(
      {
        system: settings.name,
        directory,
        node,
        parent: { node: id, pid: world.pid },
        transports: ends.transports,
        transportBases: [
          ...registeredTransports(),
          ...(process.argv[1] === undefined ? [] : [process.argv[1]]),
        ],
        mailbox: settings.mailbox,
        askTimeoutMs: settings.askTimeoutMs,
        startTimeoutMs: settings.startTimeoutMs,
        stopTimeoutMs: settings.stopTimeoutMs,
        shutdownTimeoutMs: settings.shutdownTimeoutMs,
        stopSignals: settings.stopSignals,
        logLevel: settings.logLevel,
      },
      ends.descriptors,
      title,
      kind,
      maxHeapBytes === undefined
        ? undefined
        : { maxBytes: maxHeapBytes, reportPath: join(directory, id, `${node}.report.json`) },
    );
    parent.exit.addHosted(node, hosted);
    void hosted.exited.then(() => ends.abandon());
    return hosted;
  } catch (error) {
    ends.abandon();
    transports.removeRelative(node);
    throw error;
  } finally {
    ends.release();
  }
}
