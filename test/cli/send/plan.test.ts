import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/command/errors.ts';
import { readInput } from '../../../cli/command/readInput.ts';
import { disable, enable } from '../../../cli/send/commands.ts';
import { planSend } from '../../../cli/send/plan.ts';

const id = randomUUID();

function plan(name: string, ...args: string[]) {
  return name === 'enable'
    ? planSend({ enableConnection: true, ...readInput(args, enable) })
    : planSend({ enableConnection: false, ...readInput(args, disable) });
}

describe('what is to be sent', () => {
  it('has a correlation id of its own each time', () => {
    const [first, second] = [
      plan('enable', id, '--message-id', 'M1'),
      plan('enable', id, '--message-id', 'M1'),
    ];
    expect(first.start.messageId).toBe(second.start.messageId);
    expect(first.start.correlationId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(first.start.correlationId).not.toBe(second.start.correlationId);
  });

  it('is an enable that is valid until the end of its window, and a disable at that end', () => {
    const { start, end } = plan('enable', id, '--at', '+1h', '--for', '4h', '--message-id', 'M1');
    expect(end?.messageId).toBe('M1-end');
    expect(end?.at.getTime()).toBe((start.at?.getTime() ?? 0) + 4 * 3_600_000);
    expect(start.request).toMatchObject({ enableConnection: true, validUntil: end?.at.toISOString() });
    expect(end?.request).toMatchObject({ externalPartnerId: id, enableConnection: false });
    expect(end?.request.validUntil).toBeUndefined();
  });

  it('says times in UTC, and resolves a duration', () => {
    const validUntil = (time: string) => plan('enable', id, '--valid-until', time).start.request.validUntil;
    expect(validUntil('2130-01-31T18:00:00+01:00')).toBe('2130-01-31T17:00:00.000Z');
    expect(validUntil('+4h')).toMatch(/^\d{4}-.*Z$/);
  });
});

it.each([
  [['enable'], 'Which partner?'],
  [['enable', 'x'], 'PARTNER_ID is x; write the id (a GUID) of a cloudPcExternalPartner'],
  [['enable', id, '--reason', 'x'.repeat(1025)], 'at most 1024 characters'],
  [['enable', id, '--at', 'tomorrow'], '--at is tomorrow; write a time with an offset'],
  [
    ['enable', id, '--valid-until', '2020-01-01T00:00:00Z'],
    '--valid-until is 2020-01-01T00:00:00Z, which has',
  ],
  [['enable', id, '--valid-until', 'soon'], '--valid-until is soon; write a time'],
  [['enable', id, '--at', '+2h', '--valid-until', '+1h'], 'the request could only expire'],
  [['enable', id, '--at', '+100d', '--wait'], '--wait cannot wait for an --at that is weeks ahead'],
  [['enable', id, '--wait', '0'], '--wait is 0; write a duration'],
  [['enable', id, '--wait', '2d'], '--wait is 2d; write a duration of at most a day'],
  [['enable', id, '--for', '4'], '--for is 4; write a duration with its unit'],
  [['enable', id, '--for', '999999999d'], '--for is 999999999d; write a duration'],
  [['enable', id, '--for', '0h'], '--for is 0h; write a duration with its unit'],
  [['enable', id, '--until', '2020-01-01T00:00:00Z'], '--until is 2020-01-01T00:00:00Z, which has passed'],
  [['enable', id, '--for', '4h', '--until', '+4h'], 'give one of them'],
  [['enable', id, '--for', '4h', '--valid-until', '+4h'], '--for sets --valid-until'],
  [['enable', id, '--at', '+2h', '--until', '+1h'], 'the window would end before it begins'],
  [['disable', id, '--for', '4h'], 'Unknown option "--for".'],
  [['enable', id, '--message-id', '1e3'], 'would come back as another number'],
  [['enable', id, '--message-id', '12345678901234567890'], 'would come back as another number'],
  [['enable', id, '--message-id', ''], '--message-id takes 1 to 128 characters'],
  [['enable', id, '--message-id', 'x'.repeat(125), '--for', '4h'], '--message-id takes 1 to 124 characters'],
  [['enable', id, '--referance', 'x'], 'Unknown option "--referance". Did you mean "--reference"?'],
])('%j is refused', (args, problem) => {
  expect(() => plan(...(args as [string]))).toThrow(UsageError);
  expect(() => plan(...(args as [string]))).toThrow(problem);
});
