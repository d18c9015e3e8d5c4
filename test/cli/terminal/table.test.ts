import { describe, expect, it } from 'vitest';
import { textOf } from '../../../cli/terminal/print.ts';
import { formatTable, type Table } from '../../../cli/terminal/table.ts';

const format = (table: Table, columns?: number) => formatTable(table, columns).map(textOf);

describe('a table', () => {
  it('has its columns under their titles', () => {
    const rows = [
      ['a', 1],
      ['long', undefined],
    ];
    expect(format({ titles: ['id', 'state'], rows })).toEqual(['id    state', 'a     1', 'long']);
  });

  it('is as wide as it is without a terminal', () => {
    const rows = [['x'.repeat(300), 'y'.repeat(300)]];
    expect(format({ titles: ['a', 'b'], rows })[1]).toBe(`${'x'.repeat(300)}  ${'y'.repeat(300)}`);
  });

  it('moves its last columns below the rows of a narrow terminal, and cuts nothing', () => {
    const table = {
      titles: ['id', 'state', 'more', 'details'],
      rows: [['0123456789', 'on', undefined, 'these are words that go on and on']],
    };
    expect(format(table, 50)).toEqual([
      'id          state  more',
      '0123456789  on',
      '    details: these are words that go on and on',
    ]);
    expect(format(table, 20)).toEqual([
      'id          state',
      '0123456789  on',
      '    details: these',
      '        are words',
      '        that go on',
      '        and on',
    ]);
  });

  it('keeps columns beside each other that have to be', () => {
    const rows = [['0123456789', 'abc', 'd']];
    expect(format({ titles: ['id', 'text', 'more'], rows, beside: 2 }, 5)).toEqual([
      'id          text',
      '0123456789  abc',
      '    more:',
      '        d',
    ]);
  });

  it('counts what a terminal shows: two columns for Chinese and emoji, none for an accent of its own', () => {
    const texts = ['株式会社', '👨‍👩‍👧', 'e\u0301', 'plain'];
    const lines = format({ titles: ['name', 'n'], rows: texts.map((text) => [text, 1]) });
    expect(lines).toEqual([
      'name      n',
      '株式会社  1',
      '👨‍👩‍👧        1',
      'e\u0301         1',
      'plain     1',
    ]);
  });

  it('shows nothing of what a terminal would take for a command', () => {
    expect(format({ titles: ['id'], rows: [['\u001b[31mred\n']] })).toEqual(['id', '[31mred']);
  });
});
