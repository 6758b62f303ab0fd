// Compares what arrived with what was sent, more strictly than matchers do: -0 is not 0, undefined properties count, so do the
// order of keys and holes; but whose `Object` made a value does not, for `structuredClone` uses another than the tests.

/** The path to the first difference, or undefined when there is none. */
export function difference(actual: unknown, expected: unknown, path = 'value'): string | undefined {
  if (typeof expected !== 'object' || expected === null)
    return Object.is(actual, expected) ? undefined : path;
  if (typeof actual !== 'object' || actual === null) return path;
  const tag = tagOf(expected);
  if (tagOf(actual) !== tag) return `${path}: ${tagOf(actual)} instead of ${tag}`;
  switch (tag) {
    case 'Date':
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
      return difference(actual.valueOf(), expected.valueOf(), `${path}.valueOf()`);
    case 'RegExp':
      return differenceOfParts(partsOf(actual as RegExp), partsOf(expected as RegExp), path);
    case 'Map':
      return differenceOfParts(
        [...(actual as Map<unknown, unknown>)].flat(1),
        [...(expected as Map<unknown, unknown>)].flat(1),
        path,
      );
    case 'Set':
      return differenceOfParts([...(actual as Set<unknown>)], [...(expected as Set<unknown>)], path);
    case 'ArrayBuffer':
      return differenceOfParts(
        [...new Uint8Array(actual as ArrayBuffer)],
        [...new Uint8Array(expected as ArrayBuffer)],
        path,
      );
    case 'DataView':
      return difference(memoryOf(actual as DataView), memoryOf(expected as DataView), path);
    default:
      return differenceOfProperties(actual as Properties, expected as Properties, path);
  }
}

type Properties = Readonly<Record<string, unknown>>;

/** Of arrays, typed arrays and plain objects. */
function differenceOfProperties(actual: Properties, expected: Properties, path: string): string | undefined {
  const keys = Object.keys(expected);
  return (
    difference(actual['length'], expected['length'], `${path}.length`) ??
    differenceOfParts(Object.keys(actual), keys, `${path} keys`) ??
    differenceOfParts(
      keys.map((key) => actual[key]),
      keys.map((key) => expected[key]),
      path,
    )
  );
}

function differenceOfParts(
  actual: readonly unknown[],
  expected: readonly unknown[],
  path: string,
): string | undefined {
  if (actual.length !== expected.length)
    return `${path}: ${String(actual.length)} instead of ${String(expected.length)}`;
  for (const [index, part] of expected.entries()) {
    const found = difference(actual[index], part, `${path}[${String(index)}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(regExp: RegExp): string[] {
  return [regExp.source, regExp.flags];
}

function memoryOf(view: DataView): ArrayBuffer {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;
}

function tagOf(value: object): string {
  // A Buffer has the tag of a Uint8Array, which is what structuredClone makes of it.
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
