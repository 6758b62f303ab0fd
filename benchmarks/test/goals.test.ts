// What is made of the numbers: which goals are met, and what the chart shows.
import { describe, expect, it } from '@jest/globals';
import { drawChart } from '../chart.ts';
import { judge } from '../goals.ts';
import type { CellResult } from '../interleave.ts';
import { figure } from '../table.ts';

function result(name: string, samples: Readonly<Record<string, readonly number[]>>): CellResult {
  return {
    cell: { name, measure: name, size: '64 B' },
    samples: Object.fromEntries(
      Object.entries(samples).map(([contender, values]) => [
        contender,
        values.map((value) => ({ value, count: 1 })),
      ]),
    ),
  };
}

describe('the goals', () => {
  it('are judged by the median of the ratios within each round, not by the ratio of medians', () => {
    // Within rounds 20, 10 and 16 times; the medians stand 10 to 1.
    const samples = { 'troupe shm': [20, 10, 160], 'fork advanced': [1, 1, 10] };
    const [verdict] = judge([result('one-way 64 B', samples)]);
    expect(verdict).toMatchObject({ median: 16, min: 10, max: 20, isMet: true });
    expect(verdict?.goal).toMatchObject({ reference: 'fork advanced', limit: 15 });
  });

  it('set a shorter round trip over a longer one, and are missed by a hair', () => {
    const samples = { 'troupe shm': [4, 4.1, 4], 'fork advanced': [100, 100, 99.9] };
    expect(judge([result('ask-busy 64 B', samples)])).toMatchObject([{ median: 24.975, isMet: false }]);
  });

  it('bound what starting a process may take from above', () => {
    const samples = { 'troupe shm': [119, 121], 'fork advanced': [100, 100] };
    expect(judge([result('process-start', samples)])).toMatchObject([{ median: 1.2, isMet: true }]);
  });

  it('judge the processor time of idle processes by itself', () => {
    expect(judge([result('idle-cpu', { 'troupe shm': [0.2, 1.5, 1.1] })])).toMatchObject([
      { median: 1.1, isMet: false },
    ]);
  });

  it('say nothing of what was not measured', () => {
    expect(judge([result('one-way 64 B', { 'troupe shm': [1] })])).toEqual([]);
    expect(judge([])).toEqual([]);
  });
});

describe('the chart', () => {
  const panels = [
    { cell: 'one-way 64 B', title: 'One way', unit: '/s' },
    { cell: 'ask-busy 64 B', title: 'Ask <busy>', unit: 'us' },
  ];

  it('has a bar for each contender that was measured, as long as its median says', () => {
    const cells = [result('one-way 64 B', { 'troupe shm': [100, 300, 200], 'fork json': [50], zeromq: [1] })];
    const svg = drawChart(cells, panels, ['troupe shm', 'fork json', 'pigeons']);
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    expect(widths).toHaveLength(2);
    expect(widths[0]! / widths[1]!).toBeCloseTo(4, 2);
    expect(svg).toContain('200 /s');
    expect(svg).not.toContain('zeromq');
  });

  it('writes titles as text and leaves out panels without bars', () => {
    const svg = drawChart([result('ask-busy 64 B', { 'fork json': [1] })], panels, ['fork json']);
    expect(svg).toContain('>Ask &lt;busy&gt;</text>');
    expect(svg).not.toContain('>One way</text>');
  });
});

describe('a figure', () => {
  it.each([
    [0.1234, '0.123'],
    [1.5, '1.50'],
    [12.34, '12.3'],
    [123.4, '123'],
    [1234567.8, '1,234,568'],
    [0, '0.00'],
    [Number.NaN, '-'],
  ])('of %s is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
