import { describe, expect, it } from '@jest/globals';
import { didYouMean } from '../src/did-you-mean.ts';

const names = ['pipe', 'fifo', 'unix', 'posix-mq', 'sysv-mq', 'shm', 'memory'];

describe('a suggestion for a word', () => {
  it.each([
    ['smh', 'shm'],
    ['fifa', 'fifo'],
    ['pips', 'pipe'],
    ['FIFO', 'fifo'],
    ['posixmq', 'posix-mq'],
    ['sysvmq', 'sysv-mq'],
    ['memroy', 'memory'],
  ])('%s is %s', (word, meant) => {
    expect(didYouMean(word, names)).toBe(` Did you mean '${meant}'?`);
  });

  it.each(['kafka', 'rabbitmq-cluster', 'x', ''])('%j is near to nothing', (word) => {
    expect(didYouMean(word, names)).toBe('');
  });
});
