import { styleText } from 'node:util';
import local from '../local.settings.json' with { type: 'json' };
import type { Result } from '../shared/result.ts';
import { toEvent } from './applicationInsights/envelope.ts';
import type { StandIns } from './standIns.ts';

const { REQUESTS_QUEUE, RESULTS_QUEUE } = local.Values;

/** A request on its way, as the stand-ins saw it. */
export type Chapter = {
  readonly number: number;
  /** When it became available to the app; milliseconds since the epoch. */
  enqueuedAt: number;
  answer?: Result;
  recorded?: boolean;
};

/**
 * Tells what happens to each request, from what the stand-ins see: the request, each Graph call, the recorded
 * event and the answer.
 *
 * @param tell takes one line of text
 * @param titleOf a headline for a request, by message id
 * @returns the requests by message id
 */
export function follow(
  { serviceBus, graph, ingestion }: StandIns,
  tell: (line: string) => void,
  titleOf: (messageId: string) => string,
): ReadonlyMap<string, Chapter> {
  const chapters = new Map<string, Chapter>();
  const messageOfSession = new Map<string, string>();

  const begin = (messageId: string, at: number): Chapter => {
    const chapter = chapters.get(messageId) ?? { number: chapters.size + 1, enqueuedAt: at };
    if (!chapters.has(messageId)) tell(`\n${styleText(['bold', 'cyan'], titleOf(messageId))}`);
    chapter.enqueuedAt = at;
    chapters.set(messageId, chapter);
    return chapter;
  };
  const line = (messageId: string, what: string, text: string) => {
    const chapter = chapters.get(messageId);
    if (!chapter) return;
    const seconds = ((Date.now() - chapter.enqueuedAt) / 1000).toFixed(2);
    tell(
      `${styleText('dim', `#${chapter.number} +${seconds} s`)}  ${styleText('bold', what.padEnd(7))}  ${text}`,
    );
  };

  serviceBus.onEntry(({ queue, type, messageId = '', sessionId = '', body, deliveryCount, at, reason }) => {
    const text = body?.toString() ?? '';
    switch (`${queue} ${type}`) {
      case `${REQUESTS_QUEUE} scheduled`:
        begin(messageId, at);
        line(messageId, 'request', 'waits in the queue for its time');
        break;
      case `${REQUESTS_QUEUE} enqueued`:
        begin(messageId, at);
        line(messageId, 'request', text);
        break;
      case `${REQUESTS_QUEUE} delivered`:
        messageOfSession.set(sessionId, messageId);
        if (deliveryCount !== 1) line(messageId, 'request', styleText('yellow', `delivery ${deliveryCount}`));
        break;
      case `${REQUESTS_QUEUE} duplicate`:
        line(messageId, 'request', styleText('yellow', 'sent again, and dropped as a duplicate'));
        break;
      case `${REQUESTS_QUEUE} deadLettered`:
        line(messageId, 'request', styleText('red', `dead-lettered: ${reason}`));
        break;
      case `${RESULTS_QUEUE} enqueued`: {
        const answer = JSON.parse(text) as Result;
        line(answer.messageId, 'answer', inWords(answer));
        const chapter = chapters.get(answer.messageId);
        if (chapter) chapter.answer = answer;
      }
    }
  });

  graph.on('request', ({ method, externalPartnerId = '', enableConnection, status, fault }) => {
    const messageId = messageOfSession.get(externalPartnerId) ?? '';
    line(messageId, 'Graph', `${method} enableConnection ${enableConnection} → ${status ?? fault}`);
  });

  ingestion.on('envelope', (envelope) => {
    for (const { name, properties, measurements } of toEvent(envelope)) {
      const { messageId = '', outcome } = properties;
      const { attempts, durationMs } = measurements;
      line(messageId, 'record', `${name}: ${outcome}, attempts ${attempts}, ${durationMs} ms`);
      const chapter = chapters.get(messageId);
      if (chapter) chapter.recorded = true;
    }
  });

  return chapters;
}

function inWords(answer: Result): string {
  return answer.outcome === 'applied'
    ? `${styleText('green', 'applied')} ${answer.partner.connectionStatus}: ${answer.partner.statusDetails}`
    : `${styleText('red', answer.outcome)} ${answer.error.code}: ${answer.error.message}`;
}
