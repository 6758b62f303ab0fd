// Connections on their way from the primary of node:cluster to a worker. The primary accepts a connection and offers it to
// one worker; one that is killed before it has answered leaves it behind: open, with nobody who will ever serve or close
// it. Here such a connection is offered to another worker, or closed when there is none. Where node:cluster works
// otherwise, this does nothing.
import type { ChildProcess } from 'node:child_process';
import type { Cluster } from 'node:cluster';

/** What the primary and a worker tell each other, as far as it concerns connections. */
interface ClusterMessage {
  readonly cmd: 'NODE_CLUSTER';
  /** `newconn` offers a connection; `close` says that the worker listens no more. */
  readonly act?: unknown;
  /** What is listened on. */
  readonly key?: unknown;
  readonly seq?: unknown;
  /** The number of the message that is answered. */
  readonly ack?: unknown;
  readonly accepted?: unknown;
  readonly errno?: unknown;
}

interface Offer {
  readonly key: unknown;
  readonly connection: { close(): void } | undefined;
}

// By worker of Troupe: what it listens on.
const listening = new Map<ChildProcess, Set<unknown>>();

/** Follows what is offered to `child`. To be called when it is gone and all it had said was heard: what it returns. */
export function rescueConnections(cluster: Cluster, child: ChildProcess): () => void {
  const keys = new Set<unknown>();
  const offers = new Map<unknown, Offer>();
  listening.set(child, keys);
  const isServed = (key: unknown): boolean =>
    [...listening.values()].some((others) => others.has(key)) || hasOthers(cluster);

  const send = child.send.bind(child) as (...sent: readonly unknown[]) => boolean;
  const sendAndNote = (...sent: readonly unknown[]): boolean => {
    const [message, connection] = sent;
    if (isClusterMessage(message)) {
      const { act, key, seq, errno } = message;
      if (act === 'newconn') offers.set(seq, { key, connection: connection as Offer['connection'] });
      else if (key !== undefined && !errno) keys.add(key);
    }
    return send(...sent);
  };
  Object.assign(child, { send: sendAndNote });

  const answered = (message: unknown): void => {
    if (!isClusterMessage(message)) return;
    if (message.act === 'close') keys.delete(message.key);
    const offer = offers.get(message.ack);
    offers.delete(message.ack);
    // The primary keeps what was declined for the next worker that listens; there may be none.
    if (offer !== undefined && message.accepted !== true && !isServed(offer.key)) offer.connection?.close();
  };
  child.on('internalMessage', answered);

  return () => {
    listening.delete(child);
    for (const [seq, { key, connection }] of offers)
      if (isServed(key)) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false });
      else connection?.close();
  };
}

/** Whether the program has workers of its own, which may listen on anything. */
function hasOthers(cluster: Cluster): boolean {
  return Object.values(cluster.workers ?? {}).some(
    (worker) => worker !== undefined && !listening.has(worker.process),
  );
}

function isClusterMessage(message: unknown): message is ClusterMessage {
  return (message as Partial<ClusterMessage> | null | undefined)?.cmd === 'NODE_CLUSTER';
}
