// What a contender rejects with when something that it needs is not to be had on this machine, which says nothing about it.

export class NotHere extends Error {
  readonly code = 'BENCHMARK_NOT_HERE';
}
