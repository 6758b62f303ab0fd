// The shapes that the writing end of a lane has taught the other, and how it comes to teach one: objects are followed key by
// key through a tree, and a list of keys that comes again is worth a number. Nothing of values is kept.
import { MAX_SHAPE_KEYS, MAX_SHAPE_UNITS, MAX_SHAPES } from './shaped-format.ts';
import { isName } from './special.ts';

/** Writes the object, which has the keys of a shape, at `at`; returns where it ends. */
export type WriteObject = (object: object, at: number) => number;

/** A list of keys that the lane knows by its number. */
export interface Shape {
  readonly id: number;
  readonly keys: readonly string[];
  write: WriteObject;
}

// Objects with the same keys until one is worth a number. Numbers are dear once half of them are gone.
const SIGHTINGS = 2;
const SIGHTINGS_WHEN_DEAR = 32;

// Lists of keys that came once are forgotten when there are so many, and fewer are looked at from then on: they belong to
// objects that are used as maps.
const MAX_NODES = 2048;
const LONGEST_PAUSE = 256;

/** The objects that share their first keys. */
class Node {
  /** The key that came last and what it leads to. */
  key: string | undefined = undefined;
  next: Node | undefined = undefined;
  shape: Shape | undefined = undefined;
  sightings = 0;
  #branches: Map<string, Node> | undefined = undefined;

  turnTo(key: string): Node | undefined {
    const node = this.#branches?.get(key);
    if (node === undefined) return undefined;
    this.key = key;
    this.next = node;
    return node;
  }

  add(key: string): Node {
    const node = new Node();
    if (this.next !== undefined && this.key !== undefined)
      this.#branches ??= new Map<string, Node>([[this.key, this.next]]);
    this.#branches?.set(key, node);
    this.key = key;
    this.next = node;
    return node;
  }
}

export class ShapeBook {
  readonly #makeWriter: (shape: Shape) => WriteObject;
  readonly #shapes: Shape[] = [];
  #root = new Node();
  #nodes = 0;
  #pause = 1;
  #strangers = 0;
  #defined = 0;

  constructor(makeWriter: (shape: Shape) => WriteObject) {
    this.#makeWriter = makeWriter;
  }

  /** The shape of `object`, when the lane knows it. Its keys may be another's, see `writeObject`. */
  find(object: object): Shape | undefined {
    let node = this.#root;
    for (const key in object) {
      const next = node.key === key ? node.next : node.turnTo(key);
      if (next === undefined) return undefined;
      node = next;
    }
    return node.shape;
  }

  /** The shape of `object`, from now on to be known, when it is worth it. */
  learn(object: object): Shape | undefined {
    if (this.#shapes.length === MAX_SHAPES || ++this.#strangers % this.#pause !== 0) return undefined;
    const keys = Object.keys(object);
    if (!mayBeShape(keys)) return undefined;
    const node = this.#enter(keys);
    node.sightings++;
    const wanted = this.#shapes.length * 2 < MAX_SHAPES ? SIGHTINGS : SIGHTINGS_WHEN_DEAR;
    if (node.sightings < wanted) return undefined;
    this.#pause = Math.max(1, this.#pause >> 1);
    return this.#define(keys, node);
  }

  /** Everything defined until now has been sent. */
  keep(): void {
    this.#defined = this.#shapes.length;
  }

  /** What was defined since `keep` will not be sent. */
  takeBack(): void {
    if (this.#shapes.length === this.#defined) return;
    this.#shapes.length = this.#defined;
    this.#forgetStrangers();
  }

  #define(keys: readonly string[], node: Node): Shape {
    const shape: Shape = { id: this.#shapes.length, keys, write: unwritten };
    shape.write = this.#makeWriter(shape);
    node.shape = shape;
    this.#shapes.push(shape);
    return shape;
  }

  #enter(keys: readonly string[]): Node {
    let node = this.#root;
    for (const key of keys) {
      let next = node.key === key ? node.next : node.turnTo(key);
      if (next === undefined) {
        if (this.#nodes >= MAX_NODES) {
          this.#forgetStrangers();
          this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
          return this.#enter(keys);
        }
        this.#nodes++;
        next = node.add(key);
      }
      node = next;
    }
    return node;
  }

  /** Keeps of the tree what leads to a shape. */
  #forgetStrangers(): void {
    this.#root = new Node();
    // Nodes of shapes are not counted: shapes are bounded.
    for (const shape of this.#shapes) {
      this.#nodes = 0;
      this.#enter(shape.keys).shape = shape;
    }
    this.#nodes = 0;
  }
}

function unwritten(): never {
  throw new Error('a shape has no writer yet');
}

/** Held to by both ends. */
export function mayBeShape(keys: readonly string[]): boolean {
  if (keys.length === 0 || keys.length > MAX_SHAPE_KEYS) return false;
  let units = 0;
  for (const key of keys) units += isName(key) ? key.length : Infinity;
  return units <= MAX_SHAPE_UNITS;
}
