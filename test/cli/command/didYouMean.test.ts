import { expect, it } from 'vitest';
import { didYouMean } from '../../../cli/command/didYouMean.ts';

const known = ['enable', 'disable', 'cancel'];

it.each([
  ['enabel', ' Did you mean "enable"?'],
  ['ENABLE', ' Did you mean "enable"?'],
  ['disble', ' Did you mean "disable"?'],
  ['cancle', ' Did you mean "cancel"?'],
  ['can', ' Did you mean "cancel"?'],
  ['toggle', ''],
  ['', ''],
])('for "%s", suggests%s', (word, suggestion) => {
  expect(didYouMean(word, known)).toBe(suggestion);
});
