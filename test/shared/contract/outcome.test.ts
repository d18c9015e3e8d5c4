import { describe, expect, it } from 'vitest';
import { type Outcome, rejected, withAdvice } from '../../../shared/contract/outcome.ts';

const messageOf = (outcome: Outcome) => ('error' in outcome ? outcome.error.message : '');

describe('the message of an error', () => {
  it('is one line of 1,024 characters at most, and holds no credential', () => {
    expect(messageOf(rejected('x', 'y'.repeat(5_000)))).toHaveLength(1_024);
    expect(messageOf(rejected('x', 'a is "password=hunter2"\n\u202e; send b.'))).toBe(
      'a is "[redacted]" ; send b.',
    );
  });

  it('makes room for advice', () => {
    const error = { code: 'x', message: 'y'.repeat(1_024) };
    const { message } = withAdvice({ error }, 'This end comes again.').error;
    expect(message).toHaveLength(1_024);
    expect(message).toMatch(/y… This end comes again\.$/);
  });
});
