import { expect, it } from 'vitest';
import { UsageError } from '../../../cli/command/errors.ts';
import { parseSequenceNumber } from '../../../cli/serviceBus/sequenceNumber.ts';

it.each(['', 'x1', '0', '-1', '01', '9223372036854775808', '18446744073709551631'])(
  '%j is the number of no request',
  (text) => {
    expect(() => parseSequenceNumber(text)).toThrow(UsageError);
  },
);

it.each(['1', '9223372036854775807'])('%s is the number of a request', (text) => {
  expect(parseSequenceNumber(text)).toBe(text);
});
