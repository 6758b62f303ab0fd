import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

export default defineConfig({
  ...base,
  entry: { index: 'src/index.ts', 'waiter-thread-entry': 'src/waiter-thread-entry.ts' },
  esbuildOptions(options, { format }) {
    // Nobody requires it: both builds start the same module in a thread.
    if (format !== 'cjs') return;
    const { 'waiter-thread-entry': _module, ...entries } = options.entryPoints as Record<string, string>;
    options.entryPoints = entries;
  },
});
