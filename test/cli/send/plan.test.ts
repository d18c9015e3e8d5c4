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
    : planSend({ enableConnection: false, ...readInput(args, disable), externalPartnerId: id });
}

describe('what is to be sent', () => {
  it('has a correlation id of its own each time', () => {
    const [first, second] = [
      plan('enable', id, '--message-id', 'M1'),
      plan('enable', id, '--message-id', 'M1'),
    ];
    expect(first.outgoing.messageId).toBe(second.outgoing.messageId);
    expect(first.outgoing.correlationId).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(first.outgoing.correlationId).not.toBe(second.outgoing.correlationId);
  });

  it('is one request with the end of its window, counted from the time at which it is applied', () => {
    const { at, request } = plan('enable', id, '--at', '+1h', '--for', '4h').outgoing;
    expect(request).toMatchObject({ externalPartnerId: id, enableConnection: true });
    expect(Date.parse(request.until ?? '')).toBe((at?.getTime() ?? 0) + 4 * 3_600_000);
    expect(request.validUntil).toBeUndefined();
  });

  it('may have an end and a time after which it is not applied', () => {
    const { request } = plan('enable', id, '--for', '4h', '--valid-until', '+1h').outgoing;
    expect(request).toMatchObject({ until: expect.any(String), validUntil: expect.any(String) });
  });

  it('says times in UTC, and resolves a duration', () => {
    const validUntil = (time: string) =>
      plan('enable', id, '--valid-until', time).outgoing.request.validUntil;
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
  [['enable', id, '--at', '+1h', '--dry-run'], '--dry-run is checked now; leave --at out'],
  [['enable', id, '--wait', '0'], '--wait is 0; write a duration'],
  [['enable', id, '--wait', '2d'], '--wait is 2d; write a duration of at most a day'],
  [['enable', id, '--for', '4'], '--for is 4; write a duration with its unit'],
  [['enable', id, '--for', '999999999d'], '--for is 999999999d; write a duration'],
  [['enable', id, '--for', '0h'], '--for is 0h; write a duration with its unit'],
  [['enable', id, '--until', '2020-01-01T00:00:00Z'], '--until is 2020-01-01T00:00:00Z, which has passed'],
  [['enable', id, '--for', '4h', '--until', '+4h'], 'give one of them'],
  [['enable', id, '--at', '+2h', '--until', '+1h'], 'the window would end before it begins'],
  [['disable', id, '--for', '4h'], 'Unknown option "--for".'],
  [['enable', id, '--message-id', '1e3'], 'begin it with a letter'],
  [['enable', id, '--message-id', '42'], 'begin it with a letter'],
  [['enable', id, '--message-id', '12345678901234567890'], 'begin it with a letter'],
  [['enable', id, '--message-id', 'true'], 'begin it with a letter'],
  [['enable', id, '--message-id', '"CHG1"'], 'begin it with a letter'],
  [['enable', id, '--message-id', ''], '--message-id takes 1 to 128 characters'],
  [['enable', id, '--message-id', 'x'.repeat(129)], '--message-id takes 1 to 128 characters'],
  [['enable', id, '--referance', 'x'], 'Unknown option "--referance". Did you mean "--reference"?'],
])('%j is refused', (args, problem) => {
  expect(() => plan(...(args as [string]))).toThrow(UsageError);
  expect(() => plan(...(args as [string]))).toThrow(problem);
});
