// The import law: who may import whom, one rule a floor. Imports only go down; ARCHITECTURE.md draws the floors.
// A rule that fires means that something stands in the wrong room, not that the rule needs an exception.

/** Files of a package's own sources: `core('actor')` is everything in that folder. */
const core = (...folders) => folders.map((folder) => `^packages/core/src/${folder}/`);
const coreFiles = (...names) => names.map((name) => `^packages/core/src/${name}\\.ts$`);

// Data and pure functions above which everything else of actors and supervision stands.
const PURE = coreFiles('supervision/strategy', 'supervision/decision', 'actor/end-reason');

const CORE_FACES = '^packages/core/src/(index|host-entry)\\.ts$';
const POSIX = '^packages/posix/';
const TRANSPORTS = '^packages/transport-[a-z]+/';

/** One row of the table: files `from` never import what `to` matches. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    never(
      'no-circles',
      'Two files that import each other are one file, or lack a third.',
      {},
      { circular: true },
    ),
    never(
      'nothing-unresolved',
      'An import must lead to a file, a declared dependency or a module of Node.',
      {},
      { couldNotResolve: true },
    ),
    never(
      'faces-are-for-outsiders',
      'A face re-exports for others; inside its own package a file imports the file that has what it needs.',
      { path: '^packages/([^/]+)/src/', pathNot: '/index\\.ts$' },
      { path: '^packages/$1/src/(index|[^/]+/index)\\.ts$' },
    ),
    never(
      'sources-know-no-tests',
      'Tests import sources.',
      { path: '^packages/[^/]+/src/' },
      { path: '/test/|@jest/' },
    ),

    never(
      'posix-is-the-ground',
      'posix imports koffi and Node, nothing of this workspace.',
      { path: '^packages/posix/src/' },
      { path: '^packages/', pathNot: '^packages/posix/src/' },
    ),
    never(
      'koffi-has-one-home',
      'Every C signature stands in posix.',
      { path: '^packages/', pathNot: POSIX },
      { path: '/node_modules/koffi/' },
    ),

    never(
      'ground-imports-nothing-above',
      'The files at the root of core, the reasons of ends and the pure part of supervision import only each other.',
      {
        path: ['^packages/core/src/[^/]+\\.ts$', ...PURE],
        pathNot: CORE_FACES,
      },
      { path: ['^packages/core/src/[^/]+/', POSIX], pathNot: PURE },
    ),
    never(
      'the-transport-contract-imports-addresses-only',
      'The contract names the nodes it joins and nothing else.',
      { path: coreFiles('transport/contract') },
      { path: '.', pathNot: coreFiles('address') },
    ),
    never(
      'transport-knows-bytes-only',
      'What frames mean, and who sends them, is decided above.',
      { path: core('transport', 'conformance') },
      { path: [...core('wire', 'control', 'actor', 'supervision', 'host', 'system'), POSIX, CORE_FACES] },
    ),
    never(
      'conformance-is-a-leaf',
      'What every transport must pass is used by tests only.',
      { path: '^packages/[^/]+/src/', pathNot: core('conformance') },
      { path: core('conformance') },
    ),
    never(
      'wire-knows-no-actors',
      'Refs are recognised by a symbol; the system passes what revives them.',
      { path: core('wire') },
      {
        path: [...core('transport', 'control', 'actor', 'supervision', 'host', 'system'), POSIX, CORE_FACES],
      },
    ),
    never(
      'control-knows-no-actors',
      'The control plane joins nodes; it may stand on transport, wire and posix.',
      { path: core('control') },
      { path: [...core('actor', 'supervision', 'host', 'system', 'conformance'), CORE_FACES] },
    ),
    never(
      'actor-knows-no-processes',
      'A cell reports through a callback: nothing above it, and nothing that carries bytes.',
      { path: core('actor') },
      {
        path: [...core('transport', 'control', 'supervision', 'host', 'system'), POSIX, CORE_FACES],
        pathNot: coreFiles('supervision/strategy'),
      },
    ),
    never(
      'actor-sees-envelopes-only',
      'Of the wire an actor knows the envelope; how it is packed is not its concern.',
      { path: core('actor') },
      { path: core('wire'), pathNot: coreFiles('wire/envelope') },
    ),
    never(
      'supervision-knows-no-processes',
      'Who looks after whom is the same in one process and in many.',
      { path: core('supervision') },
      { path: [...core('transport', 'wire', 'control', 'host', 'system'), POSIX, CORE_FACES] },
    ),
    never(
      'host-knows-no-system',
      'One process seen from its parent: it names host-entry by URL and imports nothing of what runs inside.',
      { path: core('host') },
      { path: [...core('actor', 'supervision', 'system', 'conformance'), CORE_FACES] },
    ),
    never(
      'system-is-the-top',
      'The system joins the parts; only the faces stand above it.',
      { path: core('system') },
      { path: [CORE_FACES, POSIX] },
    ),
    never(
      'testing-is-a-leaf',
      'The kit stands on the system and is used by tests only.',
      { path: '^packages/core/src/', pathNot: core('testing') },
      { path: core('testing') },
    ),
    never(
      'core-knows-no-transport-package',
      'A process loads its transports by module name.',
      { path: '^packages/core/src/' },
      { path: [TRANSPORTS, '^packages/troupe/'] },
    ),

    never(
      'transports-see-the-contract-only',
      'A transport stands on @troupe/core/transport and @troupe/posix, and on no other transport.',
      { path: '^packages/(transport-[a-z]+)/src/' },
      {
        path: '^packages/',
        pathNot: [
          '^packages/$1/src/',
          '^packages/core/src/transport/index\\.ts$',
          '^packages/posix/src/index\\.ts$',
        ],
      },
    ),
    never(
      'examples-are-users',
      'An example imports packages by name, as its reader will.',
      { path: '^(examples|benchmarks)/' },
      // The benchmark measures the codec alone as well, which is nobody's to import but the system's.
      { path: '^packages/', pathNot: '^packages/core/src/wire/', dependencyTypes: ['local'] },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist\\.[^/]+|coverage|\\.cache)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['troupe:source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.d.ts', '.mjs', '.cjs', '.js', '.json'],
    },
  },
};
