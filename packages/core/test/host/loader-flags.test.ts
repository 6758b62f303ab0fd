// Which of a program's flags a process gets that is started for an actor.
import { expect, it } from '@jest/globals';
import { loaderFlags } from '../../src/host/process-host.ts';

it.each<readonly [string, readonly string[], readonly string[]]>([
  ['loaders', ['--import', 'tsx', '--require', './x.cjs'], ['--import', 'tsx', '--require', './x.cjs']],
  [
    'loaders in one word',
    ['--import=tsx', '--loader=./l.mjs', '-r', 'x'],
    ['--import=tsx', '--loader=./l.mjs', '-r', 'x'],
  ],
  [
    'conditions and limits',
    ['--conditions=dev', '-C', 'dev', '--max-old-space-size=64'],
    ['--conditions=dev', '-C', 'dev', '--max-old-space-size=64'],
  ],
  ['warnings', ['--no-warnings', '--enable-source-maps'], ['--no-warnings', '--enable-source-maps']],
])('%s are kept', (_what, flags, kept) => {
  expect(loaderFlags(flags)).toEqual(kept);
});

it.each<readonly [string, readonly string[]]>([
  ['a program on the command line', ['--eval', 'code', '--input-type=module']],
  ['its short forms', ['-e', 'code']],
  ['one that is printed', ['-p', 'code']],
  ['both', ['-pe', 'code']],
  ['in one word', ['--eval=code', '--print=code']],
  [
    'a debugger, whose port is taken',
    ['--inspect', '--inspect-brk=9229', '--inspect=0.0.0.0:1', '--inspect-port=1', '--inspect-wait'],
  ],
  ['a debugger port as a word of its own', ['--inspect-port', '9229', '--debug-port', '9229']],
  ['tests', ['--test']],
  ['watching', ['--watch', '--watch-path', 'src', '--watch-path=src']],
])('%s is not for the child', (_what, flags) => {
  expect(loaderFlags(['--import', 'tsx', ...flags])).toEqual(['--import', 'tsx']);
});
