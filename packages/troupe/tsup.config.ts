import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

export default defineConfig({
  ...base,
  entry: { index: 'src/index.ts', testing: 'src/testing.ts', command: 'src/command.ts' },
  esbuildOptions(options, { format }) {
    // It waits at its top level, which only a module can.
    if (format !== 'cjs') return;
    const { command: _module, ...entries } = options.entryPoints as Record<string, string>;
    options.entryPoints = entries;
  },
});
