import { ServiceBusError, type ServiceBusReceivedMessage, type ServiceBusReceiver } from '@azure/service-bus';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../cli/send/output.ts';
import { planSend } from '../../../cli/send/plan.ts';
import { sendRequest } from '../../../cli/send/sendRequest.ts';
import type { Namespace } from '../../../cli/serviceBus/namespace.ts';

const partner = 'b3548526-e615-3785-3118-be70b3968ec5';
const connection = { namespace: 'n.servicebus.windows.net', json: false, 'web-sockets': false };
const request = { enableConnection: true, externalPartnerId: partner };

/** The local Service Bus lets everybody do everything; in Azure, a requester may only send. */
function sendOnlyNamespace(sent: string[]): Namespace {
  const source = { name: 'any', createReceiver: () => ({}) as ServiceBusReceiver };
  const dead = { ...source, resend: async () => {} };
  return {
    host: 'name.servicebus.windows.net',
    requestsQueue: 'requests',
    resultsTopic: 'results',
    requests: source,
    results: source,
    deadRequests: dead,
    deadResults: () => dead,
    openSender: async () => {},
    send: async ({ messageId }) => void sent.push(String(messageId)),
    schedule: async ({ messageId }) => {
      sent.push(String(messageId));
      return '17';
    },
    cancel: async () => true,
    // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
    async *peek() {
      throw new ServiceBusError('Unauthorized access.', 'UnauthorizedAccess');
    },
  };
}

function capture() {
  const [results, notes]: [string[], string[]] = [[], []];
  const output = {
    ...createOutput(connection),
    result: async (lines: readonly string[]) => void results.push(...lines),
    note: (...lines: readonly string[]) => void notes.push(...lines),
  };
  return { results, notes, output };
}

describe('whoever may send and not look', () => {
  it('sends under a message id of their own, and is told that it may be dropped', async () => {
    const [sent, { results, notes, output }] = [[] as string[], capture()];
    const plan = planSend({ ...request, 'message-id': 'M1' });
    expect(await sendRequest(sendOnlyNamespace(sent), plan, output)).toBe(0);
    expect(sent).toEqual(['M1']);
    expect(results).toEqual(['Sent M1 to requests on name.servicebus.windows.net.']);
    expect(notes).toEqual([
      'If the message id M1 was used before, this request is dropped; to see that takes the role Azure Service Bus Data Receiver.',
    ]);
  });

  it('schedules, and is told the number', async () => {
    const { results, output } = capture();
    const plan = planSend({ ...request, 'message-id': 'M1', at: new Date(Date.now() + 4 * 3_600_000) });
    expect(await sendRequest(sendOnlyNamespace([]), plan, output)).toBe(0);
    expect(results[0]).toMatch(/To take it back: npx epc cancel 17 --namespace n\.servicebus\.windows\.net$/);
  });

  it('disables, and is told that nobody knows whether an enable is scheduled', async () => {
    const { results, notes, output } = capture();
    const plan = planSend({ ...request, enableConnection: false });
    expect(await sendRequest(sendOnlyNamespace([]), plan, output)).toBe(0);
    expect(results).toHaveLength(1);
    expect(notes).toEqual([
      'Whether an enable is scheduled for this partner cannot be seen. That takes the role Azure Service Bus Data Receiver on the queue.',
    ]);
  });

  it('is told nothing of that for a message id that nobody can have used', async () => {
    const { notes, output } = capture();
    const plan = planSend(request);
    expect(await sendRequest(sendOnlyNamespace([]), plan, output)).toBe(0);
    expect(notes).toEqual([]);
  });

  it('waits for the result, which takes the right to look at results only', async () => {
    const { results, notes, output } = capture();
    const plan = { ...planSend({ ...request, 'message-id': 'M1' }), waitMs: 60_000 };
    const { correlationId, messageId } = plan.outgoing;
    const result = {
      outcome: 'applied',
      correlationId,
      messageId,
      request: {},
      attempts: 1,
      deliveryCount: 1,
      completedAt: '2026-01-31T17:00:01.234Z',
      partner: { id: partner, enableConnection: true },
    };
    const namespace = sendOnlyNamespace([]);
    const { peek } = namespace;
    const shown: Namespace = {
      ...namespace,
      results: { ...namespace.results, name: 'recent' },
      async *peek(source) {
        if (source.name !== 'recent') return yield* peek(source);
        yield { body: Buffer.from(JSON.stringify(result)) } as unknown as ServiceBusReceivedMessage;
      },
    };
    expect(await sendRequest(shown, plan, output)).toBe(0);
    expect(results).toEqual(['applied: enableConnection is true']);
    expect(notes[0]).toContain('to see that takes the role Azure Service Bus Data Receiver');
  });
});
