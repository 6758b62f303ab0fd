// The ring for the explorer: the source of the product, read from its files, with its private fields made readable. Only
// so can two moments be recognised as the same although different things led to them. A mutant is the same source with
// one place changed, for the explorer to find.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as layout from '../../src/ring-buffer-layout.ts';
import * as errors from '../../src/ring-errors.ts';
import type { RingReader } from '../../src/ring-reader.ts';
import type { RingWriter } from '../../src/ring-writer.ts';

/** The two classes, as they are or with a bug put in. */
export interface Ring {
  readonly RingWriter: typeof RingWriter;
  readonly RingReader: typeof RingReader;
}

export interface Mutation {
  /** What the bug is. */
  readonly name: string;
  /** Stands in the source of both ends together exactly once. */
  readonly from: string;
  readonly to: string;
}

const FILES = ['ring-writer.ts', 'ring-reader.ts'];
const SOURCES = join(import.meta.dirname, '../../src');
const IMPORTS: Readonly<Record<string, unknown>> = {
  '@troupe/core/transport': { step: () => {} },
  './ring-buffer-layout.ts': layout,
  './ring-errors.ts': errors,
};

/** Throws when the place to change is not there: a mutant that is no mutant would be found by nobody. */
export function loadRing(mutation?: Mutation): Ring {
  const sources = FILES.map((file) => readFileSync(join(SOURCES, file), 'utf8'));
  if (mutation !== undefined) {
    const places = sources.reduce((count, source) => count + source.split(mutation.from).length - 1, 0);
    if (places !== 1)
      throw new Error(`${mutation.name}: its place is in the source ${places} times, not once.`);
  }
  const exports: Partial<Ring> = {};
  for (const source of sources) {
    evaluate(mutation === undefined ? source : source.replace(mutation.from, () => mutation.to), exports);
  }
  return exports as Ring;
}

function evaluate(source: string, exports: Partial<Ring>): void {
  const { outputText } = ts.transpileModule(source.replaceAll('#', '$'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is a file of this package
  const run = new Function('require', 'exports', outputText) as (
    require: (name: string) => unknown,
    exports: Partial<Ring>,
  ) => void;
  run((name) => IMPORTS[name], exports);
}

/** Everything an end of a ring remembers, as text. */
export function stateOf(end: RingReader | RingWriter): string {
  return Object.values(end)
    .filter((value) => typeof value !== 'object')
    .join();
}
