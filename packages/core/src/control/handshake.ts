// The first words on a control connection: both sides say who they are before anything else is believed. That the peer is
// the same user was checked by the caller, from the kernel, before a byte was read.
import type { Clock } from '../clock.ts';
import type { NodeId } from '../address.ts';
import { TroupeError } from '../errors.ts';
import type { ControlChannel } from './control-channel.ts';
import { PROTOCOL_VERSION, type ControlMessage, type Identity } from './control-message.ts';

type Refusal = Extract<ControlMessage, { type: 'refused' }>;

/** Says hello and waits for the answer. Resolves with the peer's identity, or with its refusal. */
export function greet(
  channel: ControlChannel,
  self: Identity,
  clock: Clock,
  timeoutMs: number,
): Promise<Identity | Refusal> {
  channel.send({ type: 'hello', ...self });
  return firstMessage(channel, clock, timeoutMs).then((message) => {
    if (message.type === 'refused') return message;
    if (message.type !== 'welcome') throw strange(message.type);
    channel.trust();
    return message;
  });
}

/** Waits for a hello and judges it. `isWelcome` says whether a connection from that node is wanted now. */
export async function receiveGreeting(
  channel: ControlChannel,
  self: Identity,
  clock: Clock,
  timeoutMs: number,
  isWelcome: (node: NodeId) => boolean,
): Promise<Identity | undefined> {
  const hello = await firstMessage(channel, clock, timeoutMs);
  if (hello.type !== 'hello') throw strange(hello.type);
  const refusal = judge(hello, self) ?? (isWelcome(hello.node) ? undefined : duplicate());
  if (refusal !== undefined) {
    channel.send(refusal);
    await channel.close();
    return undefined;
  }
  channel.trust();
  channel.send({ type: 'welcome', ...self });
  return hello;
}

function judge(hello: Identity, self: Identity): Refusal | undefined {
  if (hello.protocol !== PROTOCOL_VERSION)
    return {
      type: 'refused',
      reason: 'version',
      message: `process ${String(self.pid)} speaks protocol ${String(PROTOCOL_VERSION)}, process ${String(hello.pid)} protocol ${String(hello.protocol)}; run the same version of troupe in both`,
    };
  if (hello.system !== self.system)
    return {
      type: 'refused',
      reason: 'system',
      message: `process ${String(self.pid)} belongs to system '${self.system}', not '${hello.system}'`,
    };
  return undefined;
}

function duplicate(): Refusal {
  return {
    type: 'refused',
    reason: 'duplicate',
    message: 'the two nodes are connected already, or are about to be',
  };
}

function firstMessage(channel: ControlChannel, clock: Clock, timeoutMs: number): Promise<ControlMessage> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeoutMs, () => {
      reject(new TroupeError('TROUPE_START_TIMEOUT', `the peer said nothing within ${String(timeoutMs)} ms`));
      channel.destroy();
    });
    channel.listen({
      onMessage(message) {
        timer.cancel();
        // Whatever follows is for who takes over; until then it must wait.
        channel.pause();
        resolve(message);
      },
      onEnd(error) {
        timer.cancel();
        reject(
          error ??
            new TroupeError('TROUPE_PEER_LOST', 'the peer closed the connection before it said who it is'),
        );
      },
    });
  });
}

function strange(type: string): TroupeError {
  return new TroupeError('TROUPE_PROTOCOL_VIOLATION', `the peer began with '${type}' instead of a greeting`);
}
