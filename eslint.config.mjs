// What the linter asks: typescript-eslint's strict rules with types, TSDoc that parses, and the habits of this house that
// a pattern can tell. Formatting is left to prettier, the import law to dependency-cruiser.
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const house = [
  {
    selector: 'ImportDeclaration[source.value=/^\\.(?!.*\\.(ts|mjs|json)$)/]',
    message: 'Name the file as it is called here, its ending included.',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportAllDeclaration', message: 'A face names what it exports.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
];

const clockOnly = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'Time is a parameter: take a Clock.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Time is a parameter: take a Clock.',
  },
];

const tests = [
  {
    selector:
      'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|failing)$/]',
    message: 'Every test runs, and runs with all others.',
  },
  {
    selector: 'Identifier[name=/^(xit|fit|xdescribe|fdescribe|xtest)$/]',
    message: 'Every test runs, and runs with all others.',
  },
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/dist.*/', '**/node_modules/', '**/coverage/', '.cache/', '**/*.cjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.strict] },
  {
    files: ['**/*.{ts,mjs}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-warning-comments': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // The environment is an object with names for keys.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Takes a field for what it was before the call that changed it, and every argument for what its type says.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A contract returns promises; `async` without `await` is how a method throws into its own.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-syntax': ['error', ...house],
    },
  },
  {
    files: ['packages/core/src/**/*.ts'],
    ignores: ['packages/core/src/clock.ts', 'packages/core/src/conformance/**'],
    rules: { 'no-restricted-syntax': ['error', ...house, ...clockOnly] },
  },
  {
    files: ['packages/*/{test,test-types}/**/*.{ts,mjs}', '{examples,benchmarks}/test/**/*.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-syntax': ['error', ...house, ...tests],
      // A test may know that a value is there, and pass methods about.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // The console logger, programs a person runs, and the configuration of tools.
    files: [
      'packages/core/src/logger.ts',
      'scripts/**',
      'examples/**',
      'benchmarks/**',
      '*.mjs',
      '*.ts',
      'packages/*/tsup.config.ts',
    ],
    rules: { 'no-console': 'off' },
  },
);
