// How a process that was started for one actor begins: it joins the system as its parent told it, and has the actor that it is
// sent run there. What becomes of that is `HostedActor`'s matter.
import { asError } from '../actor/failure.ts';
import { bindToParent, type Bootstrap } from '../host/bootstrap.ts';
import { DEFAULT_LAG } from './actor-process.ts';
import { reportCrash } from './errors-for-parent.ts';
import { HostedActor, type Program } from './hosted-actor.ts';
import { Node, type NodeOptions } from './node.ts';
import type { Settings } from './system-options.ts';
import { machine, type World } from './world.ts';

export async function runHostedNode(bootstrap: Bootstrap): Promise<void> {
  // First of all: from here on the kernel ends this process with its parent, whatever either of them does.
  if (!bindToParent(bootstrap)) process.exit(1);
  // An interrupt from the terminal reaches the whole group; what becomes of the actor is for the parent to decide.
  for (const signal of new Set<NodeJS.Signals>(['SIGINT', ...bootstrap.stopSignals]))
    process.on(signal, () => undefined);
  const node = joinAsChild(bootstrap, machine);
  await hostActor(node, bootstrap, {
    connected: reportCrash,
    // Only a worker of node:cluster has such a channel: its primary ends it with `cluster.disconnect()`.
    onDismissed: (callback) => void process.once('disconnect', callback),
    exit: () => process.exit(0),
  });
}

/** Who sees what a process has to say to people: by default its standard error. */
export type Listening = Pick<NodeOptions, 'onDeadLetter'> & Pick<Settings, 'logger'>;

/** The node of a process that was started for an actor, and that is not yet connected to anybody. */
export function joinAsChild(
  bootstrap: Bootstrap,
  world: World,
  { logger, onDeadLetter }: Listening = { logger: undefined, onDeadLetter: () => undefined },
): Node {
  const { system, directory, transports, transportBases, node, ...settings } = bootstrap;
  return new Node({
    world,
    settings: {
      ...settings,
      // JSON has left out what is undefined.
      mailbox: { ...settings.mailbox, timeToLiveMs: settings.mailbox.timeToLiveMs },
      name: system,
      transports,
      transportIsChosen: true,
      runtimeDirectory: undefined,
      logger,
      warmProcesses: 0,
      lag: DEFAULT_LAG,
    },
    node,
    parent: bootstrap.parent.node,
    directory,
    transportBases,
    onDeadLetter,
    onTransportFallback: () => undefined,
  });
}

/** Has `node` run what its parent sends it. */
export async function hostActor(node: Node, bootstrap: Bootstrap, program: Program): Promise<void> {
  await node.transports.adopt(bootstrap.parent.node, bootstrap.transports);
  const parent = await node.neighbours.connect(bootstrap.parent.node);
  program.connected(parent);
  await node
    .openLetterbox()
    .catch((error: unknown) => node.log.warn(`no letterbox: ${asError(error).message}`));
  new HostedActor(node, parent, program);
}
