import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../cli/command/readArguments.ts';

const options = {
  reference: { type: 'string' },
  wait: { type: 'string', alone: { value: '60s', pattern: /^\d+[a-z]*$/ } },
  json: { type: 'boolean', default: false },
} as const;

describe('what was typed after a command', () => {
  it.each([
    [['a', '--reference', 'CHG 1'], { reference: 'CHG 1', json: false }, ['a']],
    [['--reference=-1', '--json'], { reference: '-1', json: true }, []],
    [['a', '--wait'], { wait: '60s', json: false }, ['a']],
    [['--wait', '5m', 'a'], { wait: '5m', json: false }, ['a']],
    [
      ['--wait', 'b3548526-e615-3785-3118-be70b3968ec5'],
      { wait: '60s' },
      ['b3548526-e615-3785-3118-be70b3968ec5'],
    ],
    [['--wait=5m'], { wait: '5m' }, []],
  ])('%j', (args, values, positionals) => {
    const read = readArguments(args, options, 1);
    expect(read.values).toMatchObject(values);
    expect(read.positionals).toEqual(positionals);
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
    [['a', '5s'], 'Unexpected argument: 5s. Quote values that contain spaces.'],
  ])('%j is refused', (args, problem) => {
    expect(() => readArguments(args, options, 1)).toThrow(problem);
  });
});
