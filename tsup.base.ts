// The one build recipe: ESM, CommonJS and declarations for both. A package's tsup.config.ts names only its entries.
import type { Options } from 'tsup';

export const base: Options = {
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  splitting: true,
  // Without it CommonJS goes through a transform that lowers `?.` to helper calls and leaves paths of this machine in its maps.
  treeshake: true,
  sourcemap: true,
  clean: true,
  shims: true,
  dts: {
    // Types of a development dependency that show in declarations have to come along.
    resolve: ['typed-emitter'],
    // tsup sets `baseUrl`, which TypeScript 6 calls deprecated; declarations must not see the workspace's own sources.
    compilerOptions: {
      ignoreDeprecations: '6.0',
      customConditions: [],
      composite: false,
      noUnusedLocals: false, // is for a check to say; what runs can be built
      noUnusedParameters: false,
    },
  },
};
