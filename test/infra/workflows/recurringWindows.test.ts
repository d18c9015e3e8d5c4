import { describe, expect, it } from 'vitest';
import { readRequestBody } from '../../../shared/receive/requestBody.ts';
import { resourcesOf, snapshots } from '../snapshot.ts';
import { definition } from './definition.ts';
import { evaluate, evaluateAll } from './expression.ts';

type Trigger = { conditions: { expression: string }[]; recurrence: { startTime?: string } };
type Post = { inputs: { headers: { BrokerProperties: string }; body: object } };

function workflow(name: string) {
  const resource = resourcesOf(snapshots.everything, 'Microsoft.Logic/workflows').find(
    (one) => one.name === `external-partner-everything-${name}`,
  );
  const { triggers, actions } = definition.parse(resource?.properties?.definition);
  return {
    state: resource?.properties?.state,
    trigger: Object.values(triggers)[0] as Trigger,
    post: Object.values(actions)[0] as unknown as Post,
  };
}

/** The message that a run at a time posts; undefined if it is a time at which nothing runs. */
function postedAt(name: string, time: string) {
  const context = { now: new Date(time) };
  const { trigger, post } = workflow(name);
  if (!trigger.conditions.every(({ expression }) => evaluate(expression, context))) return undefined;
  const { headers, body } = evaluateAll(post.inputs, context) as Post['inputs'];
  return {
    properties: JSON.parse(headers.BrokerProperties),
    request: readRequestBody(Buffer.from(JSON.stringify(body))).request,
  };
}

describe('a recurring window', () => {
  it('posts one request with its end, in the words of the parameter', () => {
    expect(postedAt('office-hours', '2026-11-30T07:00:04Z')).toEqual({
      properties: {
        MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        SessionId: 'b3548526-e615-3785-3118-be70b3968ec5',
      },
      request: {
        externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
        enableConnection: true,
        until: '2026-11-30T17:00:00Z',
        requestedBy: 'external-partner-everything-office-hours',
        reason: '@home, @{office} hours',
        reference: 'CHG0031337',
      },
    });
  });

  it.each([
    ['summer', '2026-07-01T06:00:02Z', '2026-07-01T16:00:00Z'],
    ['the day on which summer time ends', '2026-10-25T07:00:02Z', '2026-10-25T17:00:00Z'],
  ])('follows summer time: %s', (_, now, until) => {
    expect(postedAt('office-hours', now)?.request?.until).toBe(until);
  });

  it('that goes on past midnight ends on the next day', () => {
    expect(postedAt('maintenance', '2026-12-05T22:30:01Z')).toMatchObject({
      request: { until: '2026-12-06T02:00:00Z' },
    });
  });

  it.each([
    ['on a holiday', '2026-12-25T07:00:02Z'],
    ['before its time, since it was deployed or switched on then', '2026-11-30T02:00:00Z'],
  ])('posts nothing %s', (_, now) => {
    expect(postedAt('office-hours', now)).toBeUndefined();
  });

  it('does not run because it was deployed: its recurrence has a start', () => {
    expect(workflow('office-hours').trigger.recurrence.startTime).toBe('2026-01-01T00:00:00');
  });

  it('can be paused', () => {
    expect(workflow('office-hours').state).toBe('Enabled');
    expect(workflow('maintenance').state).toBe('Disabled');
  });
});
