import { describe, expect, it } from 'vitest';
import { readInput } from '../../../cli/command/readInput.ts';

const definition = {
  arguments: {
    first: { value: 'FIRST', help: '', ifMissing: 'Which one?' },
    second: { value: 'SECOND', help: '', parse: Number },
  },
  options: {
    reference: { value: 'TEXT', help: '' },
    wait: { value: '[DURATION]', help: '', alone: { value: '60s', pattern: /^\d+[a-z]*$/ } },
    size: { value: 'COUNT', help: '', parse: (text: string, name: string) => `${name} ${Number(text)}` },
    subscription: { value: 'NAME', help: '', isRepeatable: true },
    json: { help: '' },
  },
} as const;
const nothing = {
  second: undefined,
  reference: undefined,
  wait: undefined,
  size: undefined,
  subscription: [],
  json: false,
};

describe('what was typed after a command', () => {
  it.each([
    [['a', '--reference', 'CHG 1'], { reference: 'CHG 1' }],
    [['--reference=-1', '--json', 'a'], { reference: '-1', json: true }],
    [['a', '--wait'], { wait: '60s' }],
    [['--wait', '5m', 'a'], { wait: '5m' }],
    [['--wait', 'a'], { wait: '60s' }],
    [['--wait=5m', 'a'], { wait: '5m' }],
    [['a', '7', '--size', '8'], { second: 7, size: '--size 8' }],
    [['a', '--subscription', 'x', '--subscription=y'], { subscription: ['x', 'y'] }],
    [['--', 'a'], {}],
  ])('%j', (args, input) => {
    expect(readInput(args, definition)).toEqual({ first: 'a', ...nothing, ...input });
  });

  it.each([
    [['--referance', 'x'], 'Unknown option "--referance". Did you mean "--reference"?'],
    [['--colour'], 'Unknown option "--colour".'],
    [['-x'], 'Unknown option "-x".'],
    [['--constructor'], 'Unknown option "--constructor".'],
    [['--reference'], '--reference needs a value.'],
    [
      ['--reference', '--json'],
      '--reference needs a value; write --reference=VALUE if it starts with a dash.',
    ],
    [['--json=yes'], '--json takes no value.'],
    [['--reference', 'a', '--reference', 'b'], '--reference is given twice; give it once.'],
    [[], 'Which one?'],
    [['a', '5', '5s'], 'Unexpected argument: 5s. Quote values that contain spaces.'],
  ])('%j is refused', (args, problem) => {
    expect(() => readInput(args, definition)).toThrow(problem);
  });
});
