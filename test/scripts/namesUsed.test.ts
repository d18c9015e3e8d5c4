import { expect, it } from 'vitest';
import { namesUsed } from '../../scripts/namesUsed.ts';

it.each([
  ['what it reads', 'const a_1 = require("a"); a_1.One(); new a_1.Two(a_1.One);', ['One', 'Two']],
  [
    'what it reads if the name of the package has that of the variable',
    'const a = require("a"); a.One',
    ['One'],
  ],
  ['what it exports', 'const a_1 = require("a"); get: () => a_1.One', ['One']],
  ['nothing', 'const a_1 = require("a"); b_1.One', []],
])('finds %s', (_, source, names) => {
  expect(namesUsed(source, 'a')).toEqual(names);
});

it.each([
  ['is passed on', 'const a_1 = require("a"); f(a_1); a_1.One'],
  ['is read by a computed name', 'const a_1 = require("a"); a_1[name]; a_1.One'],
  ['is destructured', 'const { One } = require("a");'],
  ['is exported as a whole', '__exportStar(require("a"), exports);'],
  ['is required twice', 'const a_1 = require("a"); a_1.One; const a_2 = require("a"); a_2.Two'],
  ['is not required', 'const b_1 = require("b"); b_1.One'],
])('cannot tell what is used of a package that %s', (_, source) => {
  expect(namesUsed(source, 'a')).toBeUndefined();
});
