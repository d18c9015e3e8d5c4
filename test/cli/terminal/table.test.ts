import { describe, expect, it } from 'vitest';
import { formatTable } from '../../../cli/terminal/table.ts';

describe('a table', () => {
  it('has its columns under their titles', () => {
    expect(
      formatTable(
        ['id', 'state'],
        [
          ['a', 1],
          ['long', undefined],
        ],
      ),
    ).toEqual(['id    state', 'a     1', 'long']);
  });

  it('is cut to the width, its widest columns first, and says which', () => {
    const rows = [['0123456789', 'x'.repeat(30), 'y'.repeat(12)]];
    expect(formatTable(['id', 'text', 'more'], rows, ['id'], 30)).toEqual([
      'id          text      more',
      `0123456789  ${'x'.repeat(7)}…  ${'y'.repeat(7)}…`,
      '',
      'Cut to fit 30 columns: text, more. --json prints everything.',
    ]);
  });

  it('never cuts an id, even if it gets wider than the terminal', () => {
    expect(formatTable(['id'], [['0123456789']], ['id'], 5)).toEqual(['id', '0123456789']);
  });

  it('shows nothing of what a terminal would take for a command', () => {
    expect(formatTable(['id'], [['\u001b[31mred\n']])).toEqual(['id', '[31mred']);
  });
});
