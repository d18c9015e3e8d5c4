import { expect, it } from 'vitest';
import { outputTexts } from '../../../local/functionsHost/outputText.ts';

it.each([
  [
    'an object',
    { json: '{"a":{"b":[]},"c":[1,"x"]}' },
    ['{\n  "a": {\n    "b": []\n  },\n  "c": [\n    1,\n    "x"\n  ]\n}'],
  ],
  ['a text', { string: 'plain' }, ['plain']],
  ['an empty text', { string: '' }, ['']],
  ['a text that is JSON', { string: ' {"a":1}\n' }, ['{\n  "a": 1\n}']],
  ['a text that is a JSON array', { string: '["a",{"b":true}]' }, ['a', '{\n  "b": true\n}']],
  ['a text that is a JSON number', { string: '1.0' }, ['1.0']],
  ['an array', { json: '["a",1,null,false,[2]]' }, ['a', '1', '', 'False', '[\n  2\n]']],
  ['true', { json: 'true' }, ['True']],
  ['nothing', { json: 'null' }, []],
  ['an empty array', { json: '[]' }, []],
  ['bytes', { bytes: Buffer.from('{"a":1}') }, ['System.Byte[]']],
  ['a whole number', { int: 0 }, ['0']],
  ['a number', { double: 1.5 }, ['1.5']],
])('%s is sent as the host prints it', (_, data, texts) => {
  expect(outputTexts(data)).toEqual(texts);
});

it.each(['{not json}', '[1,]'])('%s fails the invocation, as it looks like JSON', (string) => {
  expect(() => outputTexts({ string })).toThrow(SyntaxError);
});
