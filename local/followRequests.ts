import { styleText } from 'node:util';
import type { Result } from '../shared/contract/resultSchema.ts';
import { asObject, parseJson } from '../shared/kit/json.ts';
import { readEvent } from './applicationInsights/envelope.ts';
import { localValue } from './localSettings.ts';
import type { StandIns } from './standIns.ts';

const REQUESTS_QUEUE = localValue('REQUESTS_QUEUE');
const RESULTS_TOPIC = localValue('RESULTS_TOPIC');

/** How far a request has come, as the stand-ins see it. */
export type RequestProgress = {
  readonly number: number;
  /** When it became available to the app, milliseconds since the epoch. */
  enqueuedAt: number;
  result?: Result;
  isRecorded?: boolean;
  isDeadLettered?: boolean;
  /** The request that ends the window which this one opened, once its time has come. */
  end?: RequestProgress;
};

/**
 * Prints what happens to each request, as the stand-ins see it: the request, each call to Graph, the recorded event
 * and the result.
 *
 * @param print takes one line of text
 * @param titleOf a headline for a request, by message id
 * @returns the requests by message id
 */
export function followRequests(
  { serviceBus, graph, ingestion }: StandIns,
  print: (line: string) => void,
  titleOf: (messageId: string) => string,
): ReadonlyMap<string, RequestProgress> {
  const requests = new Map<string, RequestProgress>();
  const messageInSession = new Map<string, string>();

  const isEnqueued = (messageId: string, at: number, title = titleOf(messageId)): RequestProgress => {
    const request = requests.get(messageId) ?? { number: requests.size + 1, enqueuedAt: at };
    if (!requests.has(messageId)) print(`\n${styleText(['bold', 'cyan'], title)}`);
    request.enqueuedAt = at;
    requests.set(messageId, request);
    return request;
  };
  const printLine = (messageId: string, what: string, text: string) => {
    const request = requests.get(messageId);
    if (!request) return;
    const seconds = ((Date.now() - request.enqueuedAt) / 1000).toFixed(2);
    print(
      `${styleText('dim', `#${request.number} +${seconds} s`)}  ${styleText('bold', what.padEnd(7))}  ${text}`,
    );
  };

  serviceBus.onEntry(({ queue, type, messageId = '', sessionId = '', body, deliveryCount, at, reason }) => {
    const text = body?.toString() ?? '';
    const { endOf } = asObject(parseJson(text));
    const window = typeof endOf === 'string' ? endOf : undefined;
    switch (`${queue} ${type}`) {
      case `${REQUESTS_QUEUE} scheduled`:
        if (window === undefined) isEnqueued(messageId, at);
        printLine(window ?? messageId, window ? 'end' : 'request', 'waits in the queue for its time');
        break;
      case `${REQUESTS_QUEUE} enqueued`:
        if (window === undefined) isEnqueued(messageId, at);
        else {
          const end = isEnqueued(messageId, at, `The end of: ${titleOf(window)}`);
          const opened = requests.get(window);
          if (opened) opened.end = end;
        }
        printLine(messageId, 'request', text);
        break;
      case `${REQUESTS_QUEUE} delivered`:
        messageInSession.set(sessionId, messageId);
        if (deliveryCount !== 1) {
          printLine(messageId, 'request', styleText('yellow', `delivery ${deliveryCount}`));
        }
        break;
      case `${REQUESTS_QUEUE} duplicate`:
        printLine(messageId, 'request', styleText('yellow', 'sent again, and dropped as a duplicate'));
        break;
      case `${REQUESTS_QUEUE} deadLettered`: {
        printLine(messageId, 'request', styleText('red', `dead-lettered: ${reason}`));
        const request = requests.get(messageId);
        if (request) request.isDeadLettered = true;
        break;
      }
      case `${RESULTS_TOPIC} published`: {
        const result = JSON.parse(text) as Result;
        const { messageId: of = '' } = result;
        printLine(of, 'result', inWords(result));
        const request = requests.get(of);
        if (request) request.result = result;
      }
    }
  });

  graph.onEntry(({ method, externalPartnerId = '', enableConnection, status, fault }) => {
    const messageId = messageInSession.get(externalPartnerId) ?? '';
    printLine(messageId, 'Graph', `${method} enableConnection ${enableConnection} → ${status ?? fault}`);
  });

  ingestion.onEnvelope((envelope) => {
    for (const { name, properties, measurements } of readEvent(envelope)) {
      const { messageId = '', outcome } = properties;
      const { attempts, durationMs } = measurements;
      printLine(messageId, 'record', `${name}: ${outcome}, attempts ${attempts}, ${durationMs} ms`);
      const request = requests.get(messageId);
      if (request) request.isRecorded = true;
    }
  });

  return requests;
}

function inWords(result: Result): string {
  switch (result.outcome) {
    case 'applied':
      return `${styleText('green', 'applied')} ${result.partner.connectionStatus}: ${result.partner.statusDetails}`;
    case 'unchanged':
      return `${styleText('green', 'unchanged')} ${result.reason.code}: ${result.reason.message}`;
    default:
      return `${styleText('red', result.outcome)} ${result.error.code}: ${result.error.message}`;
  }
}
