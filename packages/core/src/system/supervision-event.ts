// A decision about a failed actor as it is told to people and programs: which actor, who decided, who else is concerned.
import { formatAddress, type Address } from '../address.ts';
import { describeReason, type EndReason } from '../actor/end-reason.ts';
import type { Decision } from '../supervision/decision.ts';
import type { SupervisorReport } from '../supervision/supervisor.ts';

type Told<D> = D extends { readonly children: readonly number[] } ? Omit<D, 'children'> : D;

/**
 * A decision about an actor that failed, or that stopped though it is permanent: `type` says what is done, `code` why
 * (docs/supervision.md has the list).
 */
export type SupervisionEvent = Told<Decision> & {
  readonly actor: Address;
  /** The supervisor that decided; undefined for an actor that was spawned with `supervise`, or without. */
  readonly supervisor: Address | undefined;
  /** What it failed with. */
  readonly reason: EndReason;
  /** How often the actor was restarted so far, with this time. */
  readonly restarts: number;
  /** Actors that are started again with it. */
  readonly others: readonly Address[];
};

/** `addressOf` gives the address of a place with the supervisor. */
export function eventOf(
  report: SupervisorReport,
  actor: Address,
  supervisor: Address | undefined,
  addressOf: (place: number) => Address | undefined,
): SupervisionEvent {
  if (report.type !== 'restart') return { ...report, actor, supervisor, others: [] };
  const { children, ...decision } = report;
  const others = children.flatMap((place) => {
    const address = addressOf(place);
    return address === undefined || address.actor === actor.actor ? [] : [address];
  });
  return { ...decision, actor, supervisor, others };
}

/** One line for the log. */
export function describeEvent(event: SupervisionEvent): string {
  const actor = formatAddress(event.actor);
  const cause = describeReason(event.reason);
  switch (event.type) {
    case 'resume':
      return `${actor} goes on with its state: ${cause}`;
    case 'restart': {
      const others = event.others.map(formatAddress).join(', ');
      const held =
        event.code === 'storm' ? '; held back, for there are too many restarts in this process' : '';
      return `${actor} is restarted in ${String(Math.round(event.afterMs))} ms (restart ${String(event.restarts)})${others === '' ? '' : `, and with it ${others}`}: ${cause}${held}`;
    }
    case 'stop':
      return `${actor} is not restarted: ${cause}; ${event.why}`;
    case 'escalate':
      return `${actor} is not restarted, and its superior is to decide: ${cause}; ${event.why}`;
  }
}
