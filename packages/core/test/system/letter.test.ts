// What a letter may look like, and what is named instead of thrown when it looks otherwise.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readLetter } from '../../src/system/letter.ts';

function read(text: string | Uint8Array): ReturnType<typeof readLetter> {
  const bytes = Buffer.from(text as string);
  const memory = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('xx')]);
  return readLetter(memory, 2, 2 + bytes.length);
}

describe('a letter', () => {
  it('says to whom, what type of message, and with which payload', () => {
    expect(read('{"to":"counter","type":"add","payload":{"by":[1,null,"ä"]}}')).toEqual({
      to: 'counter',
      type: 'add',
      payload: { by: [1, null, 'ä'] },
    });
    expect(read(' {"type":"tick", "to":"town/clock"}\n')).toEqual({ to: 'town/clock', type: 'tick' });
    expect(read('{"to":"a","type":"b","payload":"\\u0041"}')).toEqual({ to: 'a', type: 'b', payload: 'A' });
  });

  it.each([
    ['', 'no JSON'],
    ['{"to":"a","type":"b"', 'no JSON'],
    ['{"to":"a","type":"b"}\0', 'no JSON'],
    ['7', 'no object'],
    ['null', 'no object'],
    ['{"type":"b"}', 'to whom'],
    ['{"to":"","type":"b"}', 'to whom'],
    ['{"to":["a"],"type":"b"}', 'to whom'],
    ['{"to":"a"}', 'what type'],
    ['{"to":"a","type":7}', 'what type'],
    ['{"to":"a","type":"b","from":"c"}', '"from"'],
    ['[{"to":"a","type":"b"}]', '"0"'],
    [`{"to":"a","type":"${'t'.repeat(70_000)}"}`, 'too long'],
    ['{"to":"a","type":"b","payload":{"__proto__":{"isAdmin":true}}}', '__proto__'],
    ['{"to":"a","type":"b","payload":[{"\\u005f_proto__":1}]}', '__proto__'],
  ])('is none: %s', (text, why) => {
    expect(read(text)).toEqual(expect.stringContaining(why));
  });

  it('is none in another encoding', () => {
    expect(read(Buffer.from('{"to":"ä","type":"b"}', 'latin1'))).toContain('UTF-8');
    expect(read(Buffer.from('{"to":"a","type":"b"}', 'utf16le'))).toEqual(expect.any(String));
  });

  it('is told from everything else, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, opened) => {
        const found = read(opened ? Buffer.concat([Buffer.from('{'), bytes]) : bytes);
        if (typeof found === 'string') expect(found).not.toBe('');
        else expect([typeof found.to, typeof found.type]).toEqual(['string', 'string']);
      }),
    );
  });
});
