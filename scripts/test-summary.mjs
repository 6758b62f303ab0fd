// Says how many tests the last `npm test` ran, on one line; fails when it ran none, or when one failed.
import { countTests } from './jest.mjs';

const { passed, failed, skipped } = countTests();
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
