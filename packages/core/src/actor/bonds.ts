// Whom one actor watches and whom it is linked to, and what the end of one of them means to it: one notice at most, or a failure
// of its own. How it learns of an end, in which process ever, is the system's matter.
import { ADDRESS, addressKey } from '../address.ts';
import type { AnyRef } from './actor-ref.ts';
import type { Down } from './behavior.ts';
import type { EndReason } from './end-reason.ts';

export interface BondsHost {
  /** `ended` is called once when `ref` ends, soon if it has. */
  watch(ref: AnyRef, ended: (down: Down) => void): void;
  unwatch(ref: AnyRef): void;
  /** The actor that has the bonds: its definition says whether the end of a link is a notice to it. */
  readonly trapsExit: boolean;
  notify(down: Down): void;
  fail(reason: EndReason): void;
  /** A link is over on this side, because the other has ended. */
  linkOver(ref: AnyRef): void;
}

interface Bond {
  readonly ref: AnyRef;
  readonly isWatched: boolean;
  readonly isLinked: boolean;
}

export class Bonds {
  readonly #host: BondsHost;
  readonly #bonds = new Map<string, Bond>();

  constructor(host: BondsHost) {
    this.#host = host;
  }

  watch(ref: AnyRef, isWatched: boolean): void {
    this.#change(ref, { isWatched });
  }

  link(ref: AnyRef, isLinked: boolean): void {
    this.#change(ref, { isLinked });
  }

  /** The actor has ended: nothing concerns it any more. */
  close(): void {
    for (const { ref } of this.#bonds.values()) this.#host.unwatch(ref);
    this.#bonds.clear();
  }

  #change(ref: AnyRef, change: Partial<Bond>): void {
    const key = addressKey(ref[ADDRESS]);
    const known = this.#bonds.get(key);
    const bond: Bond = { isWatched: false, isLinked: false, ...known, ...change, ref };
    const isNeeded = bond.isWatched || bond.isLinked;
    if (isNeeded) this.#bonds.set(key, bond);
    else this.#bonds.delete(key);
    if (isNeeded && known === undefined) this.#host.watch(ref, (down) => this.#ended(key, down));
    if (!isNeeded && known !== undefined) this.#host.unwatch(ref);
  }

  #ended(key: string, down: Down): void {
    const bond = this.#bonds.get(key);
    if (bond === undefined) return;
    this.#bonds.delete(key);
    const { isWatched, isLinked } = bond;
    const { trapsExit } = this.#host;
    if (isLinked) this.#host.linkOver(bond.ref);
    if (isWatched || trapsExit) this.#host.notify(down);
    if (isLinked && !trapsExit && down.reason.kind !== 'normal') this.#host.fail(down.reason);
  }
}
