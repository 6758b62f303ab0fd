import { describe, expect, it } from '@jest/globals';
import { isTroupeError, TroupeError } from '../../src/errors.ts';
import { createCodec } from '../../src/wire/codec.ts';

const codec = createCodec({ reviveRef: () => undefined });

function passOn<T>(value: T): T {
  const bytes = codec.encode(value);
  return codec.decode(bytes, 0, bytes.length) as T;
}

class PaymentError extends RangeError {
  readonly code = 'E_PAYMENT';
  readonly amounts = new Map([['due', 5n]]);
}

class NamedError extends Error {
  override readonly name = 'NamedError';
}

describe('an error arrives', () => {
  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'as the built-in class it is, with message and stack: %p',
    (Class) => {
      const sent = new Class('went wrong');
      const arrived = passOn({ error: sent }).error;
      expect(arrived).toBeInstanceOf(Class);
      expect(Object.getPrototypeOf(arrived)).toBe(Class.prototype);
      expect([arrived.name, arrived.message, arrived.stack]).toEqual([sent.name, 'went wrong', sent.stack]);
      expect(Object.keys(arrived)).toEqual([]);
      expect(String(arrived)).toBe(String(sent));
    },
  );

  it('as the built-in class it extends, with the name of its own and its own properties', () => {
    const arrived = passOn(new PaymentError('too little'));
    expect(arrived).toBeInstanceOf(RangeError);
    expect(arrived.name).toBe('PaymentError');
    expect(arrived.code).toBe('E_PAYMENT');
    expect(arrived.amounts).toEqual(new Map([['due', 5n]]));
    expect(Object.keys(arrived)).toEqual(['code', 'amounts']);
    expect(passOn(new NamedError('x'))).toMatchObject({ name: 'NamedError', message: 'x' });
  });

  it('with its chain of causes, whatever they are', () => {
    const arrived = passOn(new Error('a', { cause: new TypeError('b', { cause: { at: new Date(1) } }) }));
    expect(arrived.cause).toBeInstanceOf(TypeError);
    expect((arrived.cause as Error).cause).toEqual({ at: new Date(1) });
    expect('cause' in new Error('x') || 'cause' in passOn(new Error('x'))).toBe(false);
    expect(Object.hasOwn(passOn(new Error('x', { cause: undefined })), 'cause')).toBe(true);
  });

  it('with the errors it joins', () => {
    const arrived = passOn(new AggregateError([new TypeError('one'), 'two'], 'both'));
    expect(arrived).toBeInstanceOf(AggregateError);
    expect(arrived.errors[0]).toBeInstanceOf(TypeError);
    expect(arrived.errors[1]).toBe('two');
    expect(Object.keys(arrived)).toEqual([]);
    expect(Object.keys(passOn(Object.assign(new Error('invalid'), { errors: ['field'] })))).toEqual([
      'errors',
    ]);
  });

  it('as a TroupeError with code and details', () => {
    const sent = new TroupeError('TROUPE_ASK_TIMEOUT', 'late', {
      details: { afterMs: 5 },
      cause: new Error('why'),
    });
    const arrived = passOn(sent);
    expect(arrived).toBeInstanceOf(TroupeError);
    expect(isTroupeError(arrived, 'TROUPE_ASK_TIMEOUT')).toBe(true);
    expect(arrived).toMatchObject({
      name: 'TroupeError',
      message: 'late',
      details: { afterMs: 5 },
      stack: sent.stack,
    });
    expect((arrived.cause as Error).message).toBe('why');
  });

  it('with name and code where its class computes them', () => {
    const reason: unknown = AbortSignal.abort().reason;
    expect(passOn(reason)).toMatchObject({ name: 'AbortError', code: 20 });
    expect(passOn(reason)).toBeInstanceOf(Error);
  });

  it('without a stack when it had none, never with that of the decoder', () => {
    const sent = new Error('x');
    delete sent.stack;
    expect(passOn(sent).stack).toBeUndefined();
  });

  it('with odd properties as own ones, polluting nothing', () => {
    const sent = Object.assign(
      new Error('x'),
      JSON.parse('{"__proto__":{"polluted":1},"constructor":"c","1":2}') as object,
    );
    Object.defineProperty(sent, '__proto__', { value: { polluted: 1 }, enumerable: true });
    const arrived = passOn(sent);
    expect(arrived).toBeInstanceOf(Error);
    expect(Object.getOwnPropertyDescriptor(arrived, '__proto__')?.value).toEqual({ polluted: 1 });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });
});
