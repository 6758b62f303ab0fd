// The first file a process runs that was started for an actor.
import { takeBootstrap } from './host/bootstrap.ts';
import { runHostedNode } from './system/hosted-node.ts';

try {
  await runHostedNode(takeBootstrap());
} catch (error) {
  // Before it has joined the system there is nobody to tell but who reads what the program prints.
  // eslint-disable-next-line no-console -- there is no logger yet
  console.error(
    `an actor's process could not join its system: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exit(1);
}
