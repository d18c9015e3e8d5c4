import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { confirm } from '../../../cli/terminal/confirm.ts';

it.each([
  ['y\r', true],
  ['YES\r', true],
  ['n\r', false],
  ['\r', false],
  ['yikes\r', false],
  // Ctrl-C and Ctrl-D
  ['\u0003', false],
  ['\u0004', false],
])('%j at a question means %s', async (keys, confirmed) => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const reply = confirm('Drop it?', { input, output });
  input.write(keys);
  expect(await reply).toBe(confirmed);
  output.end();
  expect(await text(output)).toContain('Drop it? [y/N] ');
});

it('the end of the input means no', async () => {
  const input = new PassThrough();
  input.end();
  expect(await confirm('Drop it?', { input, output: new PassThrough() })).toBe(false);
});
