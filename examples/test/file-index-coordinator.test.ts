// The coordinator of the example file-index in this event loop, where an answer can be made to come twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createSystem, type ActorSystem } from 'troupe';
import { Coordinator } from '../file-index/coordinator.actor.ts';
import { Indexer, type Part } from '../file-index/indexer.actor.ts';

let runtimeDirectory: string;
let system: ActorSystem;

beforeEach(async () => {
  runtimeDirectory = mkdtempSync(join(tmpdir(), 'troupe-coordinator-'));
  system = await createSystem({ name: 'coordinator', runtimeDirectory, logLevel: 'silent' });
});
afterEach(async () => {
  await system.stop();
  rmSync(runtimeDirectory, { recursive: true });
});

const PART: Part = {
  batch: 7,
  pid: 1,
  files: { indexed: 1, binary: 0, unreadable: 0, bytes: 5 },
  words: { words: ['hello'], occurrences: [2], files: [1] },
};

it('accepts a batch once, however often it is counted', async () => {
  // No indexer: the batch stays open until this test answers for one.
  const silent = await system.spawn(Indexer);
  await silent.stop();
  const coordinator = await system.spawn(Coordinator, { args: { indexers: [silent] } });
  coordinator.tell('add', { id: 7, paths: ['hello.txt'] });
  coordinator.tell('counted', { by: 0, part: PART });
  coordinator.tell('counted', { by: 0, part: PART });

  expect(await coordinator.ask('lookUp', 'hello')).toEqual({ word: 'hello', occurrences: 2, files: 1 });
  expect(await coordinator.ask('progress')).toMatchObject({ batches: 1, accepted: 1, files: PART.files });
});

it('hands out a lost batch again, unless it has been counted', async () => {
  const indexer = await system.spawn(Indexer);
  const coordinator = await system.spawn(Coordinator, { args: { indexers: [indexer] } });
  coordinator.tell('add', { id: 7, paths: [] });
  coordinator.tell('lost', { by: 0, batch: 7, why: 'its process ended' });
  expect(await coordinator.ask('progress')).toMatchObject({ repeated: 1, indexers: [{ messages: 2 }] });

  coordinator.tell('counted', { by: 0, part: PART });
  coordinator.tell('lost', { by: 0, batch: 7, why: 'its process ended' });
  expect(await coordinator.ask('progress')).toMatchObject({ repeated: 1, accepted: 1 });
});

it('says so when no indexer will come back', async () => {
  const indexers = await Promise.all([system.spawn(Indexer), system.spawn(Indexer)]);
  const coordinator = await system.spawn(Coordinator, { args: { indexers } });
  for (const indexer of indexers) await indexer.stop();
  let ended = 0;
  while (ended < indexers.length) ended = (await coordinator.ask('progress')).ended;
  expect(ended).toBe(2);
});
