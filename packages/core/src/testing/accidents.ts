// Accidents that a test brings about: the death of an actor's process, and the failure of an actor.
import { ActorCell } from '../actor/actor-cell.ts';
import type { AnyRef } from '../actor/actor-ref.ts';
import { ADDRESS, formatAddress } from '../address.ts';
import { TroupeError } from '../errors.ts';
import { ROOT_ACTOR } from '../system/incarnation.ts';
import type { LocalActor } from '../system/local-actors.ts';
import { Pool } from '../system/pool/pool.ts';
import type { Node } from '../system/node.ts';
import { ProcessActor } from '../system/process-actor.ts';
import type { Pace } from './pace.ts';
import type { Simulation } from './simulation.ts';
import type { SimulatedProcess } from './simulated-process.ts';

// Until the end of a process is known; far more than the kernel takes.
const KILL_TIMEOUT_MS = 10_000;

/** Kills the process that `ref` has to itself, or is in. Resolves when it is gone. */
export async function crashActor(
  main: Node,
  simulation: Simulation | undefined,
  ref: AnyRef,
  pace: Pace,
): Promise<void> {
  if (simulation !== undefined) {
    const process = processOf(simulation, ref);
    if (process === undefined || process === simulation.main) throw noProcess(ref);
    process.kill();
    return;
  }
  const actor = withProcess(main, actorOf(main, ref));
  const pid = actor instanceof ProcessActor ? actor.pid : undefined;
  if (!(actor instanceof ProcessActor) || pid === undefined) throw noProcess(ref);
  process.kill(pid, 'SIGKILL');
  await pace.until(
    () => actor.pid !== pid,
    KILL_TIMEOUT_MS,
    () => new TroupeError('TROUPE_TEST_FAILED', `crash: process ${String(pid)} did not end`),
  );
}

/** Has the actor fail, wherever it is. */
export function failActor(main: Node, simulation: Simulation | undefined, ref: AnyRef, error: Error): void {
  const local = actorOf(main, ref);
  const actor =
    local instanceof ProcessActor && simulation !== undefined
      ? processOf(simulation, ref)?.node?.locals.get(ROOT_ACTOR)
      : (local ?? nodeOf(simulation, ref)?.locals.get(ref[ADDRESS].actor));
  if (actor instanceof ActorCell) {
    actor.fail({ kind: 'error', error });
    return;
  }
  if (actor === undefined) throw new TroupeError('TROUPE_ACTOR_STOPPED', `fail: ${nameOf(ref)} is not there`);
  failByLink(main, ref, error);
}

// There is no way into a real process but what any actor has: the failure of another that is linked to it.
function failByLink(main: Node, ref: AnyRef, error: Error): void {
  const number = main.locals.nextNumber();
  main.locals.ended(number, { reason: { kind: 'error', error }, lost: 0 });
  main.bonds.link({ node: main.id, actor: number, label: 'accident' }, ref, true);
}

/** The simulated process that is the actor's own, or that it is in. */
function processOf(simulation: Simulation, ref: AnyRef): SimulatedProcess | undefined {
  const home = simulation.living.find(({ node }) => node?.id === ref[ADDRESS].node);
  const actor = withProcess(home?.node, home?.node?.locals.get(ref[ADDRESS].actor));
  if (actor instanceof ProcessActor)
    return actor.pid === undefined ? undefined : simulation.processOf(actor.pid);
  return actor === undefined ? undefined : home;
}

/** Of a pool one that can be killed: each of its members in turn, for who was killed has no process for a while. */
function withProcess(node: Node | undefined, actor: LocalActor | undefined): LocalActor | undefined {
  if (!(actor instanceof Pool)) return actor;
  const members = node?.locals.all.filter(({ address }) =>
    address.label.startsWith(`${actor.address.label}/`),
  );
  return members?.find((member) => member instanceof ProcessActor && member.pid !== undefined);
}

function nodeOf(simulation: Simulation | undefined, ref: AnyRef): Node | undefined {
  return simulation?.living.find(({ node }) => node?.id === ref[ADDRESS].node)?.node;
}

function actorOf(node: Node, ref: AnyRef): LocalActor | undefined {
  return ref[ADDRESS].node === node.id ? node.locals.get(ref[ADDRESS].actor) : undefined;
}

function noProcess(ref: AnyRef): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `crash: ${nameOf(ref)} has no process that could be killed: it is in the test's own process, or has none at the moment; let it fail with fail()`,
  );
}

function nameOf(ref: AnyRef): string {
  return formatAddress(ref[ADDRESS]);
}
