// What a process is told by those that were started from it, of themselves and of those below them: for those who listen, who
// are in the program that started all.
import type { NodeId } from '../address.ts';
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
