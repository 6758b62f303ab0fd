// What waits in line, in two lanes: what is urgent goes first, each lane in its own order. So that the others get on too, one
// of them goes after so many urgent ones in a row.
import Denque from 'denque';

// Enough that nobody who is urgent notices, and few enough that the others always move.
const URGENT_IN_A_ROW = 32;

export class Line<T extends object> {
  readonly #ordinary = new Denque<T>();
  // Most lines never have one.
  #urgent: UrgentLane<T> | undefined;

  get isEmpty(): boolean {
    return this.#ordinary.isEmpty() && this.#urgent?.isEmpty !== false;
  }

  get length(): number {
    return this.#ordinary.length + (this.#urgent?.length ?? 0);
  }

  /** What `shift` would take. */
  get first(): T | undefined {
    const head = this.#ordinary.peekFront();
    return this.#urgent?.goesBefore(head) === true ? this.#urgent.first : head;
  }

  push(entry: T): void {
    this.#ordinary.push(entry);
  }

  pushUrgent(entry: T): void {
    this.#urgent ??= new UrgentLane();
    this.#urgent.push(entry);
  }

  /** Behind everything that is here now, urgent or not. */
  pushBehindAll(entry: T): void {
    this.#urgent?.mark(entry);
    this.#ordinary.push(entry);
  }

  /** Back in front of those of its kind. */
  unshift(entry: T, isUrgent: boolean): void {
    if (!isUrgent) this.#ordinary.unshift(entry);
    else {
      this.#urgent ??= new UrgentLane();
      this.#urgent.unshift(entry);
    }
  }

  shift(): T | undefined {
    if (this.#urgent === undefined) return this.#ordinary.shift();
    if (this.#urgent.goesBefore(this.#ordinary.peekFront())) return this.#urgent.shift();
    const head = this.#ordinary.shift();
    this.#urgent.letBy(head);
    return head;
  }

  /** Takes out the oldest that `mayGo`; an urgent one only with `urgentToo`, and when there is no other. */
  takeOldest(mayGo: (entry: T) => boolean, urgentToo: boolean): T | undefined {
    return takeFirst(this.#ordinary, mayGo) ?? (urgentToo ? this.#urgent?.takeOldest(mayGo) : undefined);
  }
}

class UrgentLane<T extends object> {
  readonly #entries = new Denque<T>();
  // By entry of the other lane that is to stay behind those that are here: how many had come by then.
  readonly #marks = new Map<T, number>();
  #added = 0;
  #gone = 0;
  #inARow = 0;

  get isEmpty(): boolean {
    return this.#entries.isEmpty();
  }

  get length(): number {
    return this.#entries.length;
  }

  get first(): T | undefined {
    return this.#entries.peekFront();
  }

  /** Whether the next one here goes before `head`, the next of the other lane. */
  goesBefore(head: T | undefined): boolean {
    if (this.#entries.isEmpty()) return false;
    if (head === undefined || this.#inARow < URGENT_IN_A_ROW) return true;
    return this.#gone < (this.#marks.get(head) ?? 0);
  }

  push(entry: T): void {
    this.#added += 1;
    this.#entries.push(entry);
  }

  unshift(entry: T): void {
    this.#gone -= 1;
    this.#entries.unshift(entry);
  }

  shift(): T | undefined {
    this.#inARow += 1;
    this.#gone += 1;
    return this.#entries.shift();
  }

  takeOldest(mayGo: (entry: T) => boolean): T | undefined {
    const taken = takeFirst(this.#entries, mayGo);
    if (taken !== undefined) this.#gone += 1;
    return taken;
  }

  mark(entry: T): void {
    if (!this.#entries.isEmpty()) this.#marks.set(entry, this.#added);
  }

  /** One of the other lane has gone. */
  letBy(entry: T | undefined): void {
    this.#inARow = 0;
    if (entry !== undefined && this.#marks.size > 0) this.#marks.delete(entry);
  }
}

function takeFirst<T>(entries: Denque<T>, mayGo: (entry: T) => boolean): T | undefined {
  for (let index = 0; index < entries.length; index += 1) {
    const entry = entries.peekAt(index);
    if (entry === undefined || !mayGo(entry)) continue;
    return index === 0 ? entries.shift() : entries.removeOne(index);
  }
  return undefined;
}
