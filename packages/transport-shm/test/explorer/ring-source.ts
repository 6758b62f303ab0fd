// The ring for the explorer: the source of the product, read from its file, with its private fields made readable. Only
// so can two moments be recognised as the same although different things led to them. A mutant is the same source with
// one place changed, for the explorer to find.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as layout from '../../src/ring-buffer-layout.ts';
import type { RingReader, RingWriter } from '../../src/ring-buffer.ts';
import * as errors from '../../src/ring-errors.ts';

/** The two classes, as they are or with a bug put in. */
export interface Ring {
  readonly RingWriter: typeof RingWriter;
  readonly RingReader: typeof RingReader;
}

export interface Mutation {
  /** What the bug is. */
  readonly name: string;
  /** Stands in the source exactly once. */
  readonly from: string;
  readonly to: string;
}

const FILE = join(import.meta.dirname, '../../src/ring-buffer.ts');
const IMPORTS: Readonly<Record<string, unknown>> = {
  '@troupe/core/transport': { step: () => {} },
  './ring-buffer-layout.ts': layout,
  './ring-errors.ts': errors,
};

/** Throws when the place to change is not there: a mutant that is no mutant would be found by nobody. */
export function loadRing(mutation?: Mutation): Ring {
  let source = readFileSync(FILE, 'utf8');
  if (mutation !== undefined) {
    const places = source.split(mutation.from).length - 1;
    if (places !== 1) throw new Error(`${mutation.name}: its place is in ${FILE} ${places} times, not once.`);
    source = source.replace(mutation.from, () => mutation.to);
  }
  const { outputText } = ts.transpileModule(source.replaceAll('#', '$'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Partial<Ring> = {};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is a file of this package
  const evaluate = new Function('require', 'exports', outputText) as (
    require: (name: string) => unknown,
    exports: Partial<Ring>,
  ) => void;
  evaluate((name) => IMPORTS[name], exports);
  return exports as Ring;
}

/** Everything an end of a ring remembers, as text. */
export function stateOf(end: RingReader | RingWriter): string {
  return Object.values(end)
    .filter((value) => typeof value !== 'object')
    .join();
}
