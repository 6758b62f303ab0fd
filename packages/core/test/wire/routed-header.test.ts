// The short header: what was written is read, wherever it stands.
import { describe, expect, it } from '@jest/globals';
import * as routed from '../../src/wire/routed-header.ts';

describe('a routed header', () => {
  it('is read as it was written', () => {
    const memory = Buffer.alloc(routed.ROUTED_ASK_BYTES + 3);
    expect(routed.writeRoutedTell(memory, 3, 255, true)).toBe(3 + routed.ROUTED_TELL_BYTES);
    expect(memory[3]).toBe(routed.ROUTED_TELL + routed.PROMPT_KIND);
    expect(routed.routeNumber(memory, 3)).toBe(255);
    expect(routed.writeRoutedAsk(memory, 3, 7, false, 0xffffffff, 5000)).toBe(memory.length);
    expect(memory[3]).toBe(routed.ROUTED_ASK);
    expect(routed.routeNumber(memory, 3)).toBe(7);
    expect(routed.routedCorrelation(memory, 3)).toBe(0xffffffff);
  });
});
