// What a process is told by those that were started from it, of themselves and of those below them: for those who listen, who
// are in the program that started all.
import type { NodeId } from '../address.ts';
import type { ControlMessage } from '../control/control-message.ts';
import type { ProcessCrash } from './process-crash.ts';
import type { FamilyReport } from './shutdown-report.ts';
import type { SupervisionEvent } from './supervision-event.ts';

export interface FamilyListener {
  /** A supervisor decided something, here or below. */
  decided(event: SupervisionEvent): void;
  /** A process was ended by an error that nobody caught. */
  crashed(crash: ProcessCrash): void;
  /** The process of `child`, which was told of the shutdown, is about to end in order. */
  closed(child: NodeId, report: FamilyReport): void;
}

/** What is told upwards, from process to process. */
export type FamilyMessage = Extract<ControlMessage, { type: 'decided' | 'crashed' | 'closed' }>;

/** Tells `family` what came from the process of `child`. */
export function tellFamily(family: FamilyListener, child: NodeId | undefined, message: FamilyMessage): void {
  switch (message.type) {
    case 'decided':
      family.decided(message.event as SupervisionEvent);
      break;
    case 'crashed':
      family.crashed(message.crash as ProcessCrash);
      break;
    case 'closed':
      if (child !== undefined) family.closed(child, message.report as FamilyReport);
  }
}
