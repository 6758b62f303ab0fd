// Two projects: `unit` runs from source, `processes` runs the built code in real child processes.
const swc = [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: false, explicitResourceManagement: true },
    },
    module: { type: 'commonjs' },
  },
];

const shared = {
  // Source files, and the one dependency that comes as ES modules only.
  transform: { '^.+\\.ts$': swc, '/node_modules/tinyqueue/.+\\.js$': swc },
  transformIgnorePatterns: ['/node_modules/(?!(?:\\.pnpm/[^/]+/node_modules/)?tinyqueue/)'],
  testEnvironment: 'node',
  injectGlobals: false,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
};

export default {
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/packages/*/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/test/processes/'],
      testEnvironmentOptions: { customExportConditions: ['troupe:source', 'node', 'node-addons'] },
    },
    {
      ...shared,
      displayName: 'processes',
      testMatch: [
        '<rootDir>/packages/*/test/processes/**/*.test.ts',
        '<rootDir>/examples/test/**/*.test.ts',
        '<rootDir>/benchmarks/test/**/*.test.ts',
      ],
    },
  ],
};
