// The plain parts of the example file-index: what a word is, what becomes of files, and that parts add up to the whole.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { cutIntoBatches, indexBatch, listFiles } from '../file-index/files.ts';
import { tokenise } from '../file-index/tokenise.ts';
import { WordIndex } from '../file-index/word-index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it('takes three letters or more of any alphabet for a word', () => {
  expect([...tokenise('To be, or not2be: Łódź isn’t utf8 foo_bar')]).toEqual([
    'not',
    'łódź',
    'isn',
    'utf',
    'foo',
    'bar',
  ]);
});

it('takes more than 32 letters in a row for something encoded', () => {
  expect([...tokenise(`${'a'.repeat(32)} ${'b'.repeat(33)}`)]).toEqual(['a'.repeat(32)]);
});

it('counts files that vanished and files that are no text, and goes on', async () => {
  writeFileSync(join(directory, 'a'), 'one two two');
  writeFileSync(join(directory, 'b'), 'one\0');
  const paths = ['a', 'b', 'gone'].map((name) => join(directory, name));
  const index = new WordIndex();
  const counts = await indexBatch({ id: 0, paths }, index);
  expect(counts).toEqual({ indexed: 1, binary: 1, unreadable: 1, bytes: 11 });
  expect(index.top(5)).toEqual([
    { word: 'two', occurrences: 2, files: 1 },
    { word: 'one', occurrences: 1, files: 1 },
  ]);
});

it('lists the same files in the same order', async () => {
  for (const name of ['b', 'a', 'c.map']) writeFileSync(join(directory, name), '');
  expect(await listFiles(directory)).toEqual({
    paths: [join(directory, 'a'), join(directory, 'b')],
    sourceMaps: 1,
    unreadableDirectories: 0,
  });
});

it('leaves no file out of the batches', () => {
  const paths = Array.from({ length: 100 }, (_, number) => String(number));
  const batches = cutIntoBatches(paths);
  expect(batches.flatMap((batch) => batch.paths)).toEqual(paths);
  expect(batches.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
});

it('adds parts up to the same index in any order, and tells a difference of one word', () => {
  const texts = ['one two two', 'two three', 'three three one'];
  const whole = new WordIndex();
  for (const text of texts) whole.addText(text);
  const parts = texts.map((text) => {
    const part = new WordIndex();
    part.addText(text);
    return part.columns();
  });
  const merged = new WordIndex();
  for (const part of parts.reverse()) merged.merge(part);
  expect(merged.totals()).toEqual(whole.totals());
  expect(merged.lookUp('TWO')).toEqual({ word: 'TWO', occurrences: 3, files: 2 });

  merged.addText('one');
  expect(merged.totals().fingerprint).not.toBe(whole.totals().fingerprint);
});
