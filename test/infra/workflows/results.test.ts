import { describe, expect, it } from 'vitest';
import { resourcesOf, snapshots } from '../snapshot.ts';
import { type Event, runWorkflow } from './run.ts';

const result = {
  outcome: 'failed',
  reference: 'CHG0031337',
  request: { externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5', enableConnection: true },
  error: { code: 'noToken', message: 'The identity has no token.' },
  completedAt: '2026-01-31T17:00:01.234Z',
};
const triggerBody = {
  ContentData: Buffer.from(JSON.stringify(result)).toString('base64'),
  LockToken: 'lock-1',
};

/** Runs a workflow for one result; the address answers with each status in turn, then with the last one. */
function run(name: string, statuses: readonly (number | undefined)[]) {
  const workflow = resourcesOf(snapshots.everything, 'Microsoft.Logic/workflows').find(
    (one) => one.name === `external-partner-everything-${name}`,
  );
  const left = [...statuses];
  const { events, status } = runWorkflow(workflow?.properties?.definition, {
    triggerBody,
    parameters: {
      url: 'https://hooks.contoso.example/results?sig=1',
      $connections: { servicebus: { connectionId: 'connection' } },
    },
    respond(action) {
      if (action !== 'Post_it') return { statusCode: 200 };
      const statusCode = left.length > 1 ? left.shift() : left[0];
      return statusCode === undefined ? undefined : { statusCode };
    },
  });
  return { status, calls: events.filter((event) => event.kind === 'call'), events };
}

const names = (events: readonly Event[]) =>
  events.map((event) => (event.kind === 'call' ? event.action : `wait ${event.minutes}`));

describe('results that go to a web address', () => {
  it.each([200, 202, 204])('are posted as they are, and completed with status %i', (status) => {
    const { calls } = run('webhook', [status]);
    expect(names(calls)).toEqual(['Post_it', 'Complete_it']);
    expect(calls[0]?.inputs).toMatchObject({
      method: 'POST',
      uri: 'https://hooks.contoso.example/results?sig=1',
      body: result,
    });
    expect(calls[1]?.inputs).toMatchObject({
      path: '/partner-results/subscriptions/webhook/messages/complete',
      queries: { lockToken: 'lock-1' },
    });
  });

  it('wait while the address is down, and keep their lock meanwhile', () => {
    const { events } = run('webhook', [503, undefined, 403, 200]);
    expect(names(events)).toEqual([
      'Post_it',
      'wait 2',
      'Renew_the_lock',
      'Post_it',
      'wait 2',
      'Renew_the_lock',
      'Post_it',
      'wait 2',
      'Renew_the_lock',
      'Post_it',
      'Complete_it',
    ]);
  });

  it('that are refused for good are set aside with the reason', () => {
    const { calls, status } = run('webhook', [404]);
    expect(names(calls)).toEqual(['Post_it', 'Set_it_aside']);
    expect(calls[1]?.inputs).toMatchObject({
      path: '/partner-results/subscriptions/webhook/messages/deadletter',
      queries: {
        lockToken: 'lock-1',
        deadLetterReason: 'RefusedByReceiver',
        deadLetterErrorDescription: 'The address responded with 404.',
      },
    });
    expect(status).toBe('Succeeded');
  });

  it('that are not taken in a day are set aside', () => {
    const { events } = run('webhook', [500]);
    const minutes = events.reduce((sum, event) => sum + (event.kind === 'wait' ? event.minutes : 0), 0);
    expect(minutes).toBe(24 * 60);
    const last = events.at(-1);
    expect(last?.kind === 'call' && last.inputs).toMatchObject({
      queries: { deadLetterReason: 'NotTakenInADay', deadLetterErrorDescription: '' },
    });
  });

  it('hold up nobody: many are under way at a time, each with a lock of its own', () => {
    const [subscription] = resourcesOf(
      snapshots.everything,
      'Microsoft.ServiceBus/namespaces/topics/subscriptions',
    ).filter(({ name }) => name.endsWith('/webhook'));
    // Longer than a wait and an attempt.
    expect(subscription?.properties).toMatchObject({
      lockDuration: 'PT5M',
      deadLetteringOnMessageExpiration: true,
    });
    const [webhook] = resourcesOf(snapshots.everything, 'Microsoft.Logic/workflows');
    expect(JSON.stringify(webhook?.properties?.definition)).toContain('"runs":25');
  });
});

describe('results that go to Teams', () => {
  it('are cards, with what went wrong', () => {
    const { calls } = run('teams', [202]);
    expect(names(calls)).toEqual(['Post_it', 'Complete_it']);
    expect(calls[0]?.inputs.body).toMatchObject({
      type: 'message',
      attachments: [
        {
          content: {
            type: 'AdaptiveCard',
            body: [
              { text: 'External partner connection: failed', color: 'Attention' },
              {
                facts: [
                  { title: 'Ticket', value: 'CHG0031337' },
                  { title: 'Details', value: 'The identity has no token.' },
                  { title: 'Request', value: JSON.stringify(result.request) },
                  { title: 'Completed', value: '2026-01-31T17:00:01.234Z' },
                ],
              },
            ],
          },
        },
      ],
    });
  });
});

describe('every Logic App', () => {
  it('has its definition in the form that Microsoft describes, and its secret nowhere but in a parameter', () => {
    const workflows = resourcesOf(snapshots.everything, 'Microsoft.Logic/workflows');
    expect(workflows).toHaveLength(4);
    for (const { properties } of workflows) {
      expect(JSON.stringify(properties)).not.toContain('contoso.example/results');
    }
  });
});
