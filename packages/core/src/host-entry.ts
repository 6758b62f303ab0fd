// The first file a process runs that was started for an actor.
import { takeBootstrap } from './host/bootstrap.ts';
import { runHostedNode } from './system/hosted-node.ts';

await runHostedNode(takeBootstrap());
