import { styleText } from 'node:util';
import local from '../local.settings.json' with { type: 'json' };
import type { Answer } from '../shared/answer.ts';
import type { StandIns } from './standIns.ts';

const { REQUESTS_QUEUE, RESULTS_QUEUE } = local.Values;

/** A request on its way, as the stand-ins saw it. */
export type Chapter = {
  readonly number: number;
  readonly enqueuedAt: number;
  answer?: Answer;
  recorded?: boolean;
};

/**
 * Tells what happens to each request, from the stand-ins' own journals: the request, each Graph call, the recorded
 * event and the answer.
 *
 * @param tell takes one line of text
 * @param titleOf a headline for a request, by message id
 * @returns the requests by message id
 */
export function follow(
  standIns: StandIns,
  tell: (line: string) => void,
  titleOf: (messageId: string) => string = () => '',
): ReadonlyMap<string, Chapter> {
  const chapters = new Map<string, Chapter>();
  const messageOfSession = new Map<string, string>();

  const line = (messageId: string, what: string, text: string) => {
    const chapter = chapters.get(messageId);
    if (!chapter) return;
    const seconds = ((Date.now() - chapter.enqueuedAt) / 1000).toFixed(2);
    tell(
      `${styleText('bold', `#${chapter.number}`)} ${styleText('dim', `+${seconds} s`)}  ${what.padEnd(8)} ${text}`,
    );
  };

  standIns.serviceBus.onEntry(
    ({ queue, type, messageId = '', sessionId = '', body, deliveryCount, at, reason }) => {
      if (queue === RESULTS_QUEUE && type === 'enqueued' && body) {
        const answer = JSON.parse(body.toString()) as Answer;
        line(answer.messageId, 'answer', inWords(answer));
        const chapter = chapters.get(answer.messageId);
        if (chapter) chapter.answer = answer;
      }
      if (queue !== REQUESTS_QUEUE) return;
      if (type === 'enqueued') {
        tell(titleOf(messageId) ? `\n${styleText(['bold', 'cyan'], titleOf(messageId))}` : '');
        chapters.set(messageId, { number: chapters.size + 1, enqueuedAt: at });
        line(messageId, 'request', body?.toString() ?? '');
      }
      if (type === 'delivered') {
        messageOfSession.set(sessionId, messageId);
        if (deliveryCount !== 1)
          line(messageId, 'request', styleText('yellow', `delivered again, for the ${deliveryCount}. time`));
      }
      if (type === 'duplicate') tell(`${styleText('yellow', 'duplicate')} ${messageId} was dropped`);
      if (type === 'deadLettered') line(messageId, 'request', styleText('red', `dead-lettered: ${reason}`));
    },
  );

  standIns.graph.on('request', ({ method, externalPartnerId = '', enableConnection, status, fault }) => {
    const messageId = messageOfSession.get(externalPartnerId.toLowerCase()) ?? '';
    line(messageId, 'Graph', `${method} enableConnection ${enableConnection} → ${status ?? fault}`);
  });

  standIns.ingestion.on('envelope', (envelope) => {
    const { baseType, baseData } = envelope.data ?? {};
    if (baseType !== 'EventData') return;
    const { properties = {}, measurements = {} } = baseData as {
      properties?: Record<string, string>;
      measurements?: Record<string, number>;
    };
    const { messageId = '', outcome } = properties;
    line(
      messageId,
      'record',
      `${(baseData as { name: string }).name}: ${outcome}, ${measurements.attempts} attempts, ${measurements.durationMs} ms`,
    );
    const chapter = chapters.get(messageId);
    if (chapter) chapter.recorded = true;
  });

  return chapters;
}

function inWords(answer: Answer): string {
  return answer.outcome === 'applied'
    ? `${styleText('green', 'applied')} ${answer.partner.connectionStatus}: ${answer.partner.statusDetails}`
    : `${styleText('red', answer.outcome)} ${answer.error.code}: ${answer.error.message}`;
}
