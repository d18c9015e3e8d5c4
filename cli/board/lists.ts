import type { Result } from '../../shared/contract/resultSchema.ts';
import { describeDeadLetter } from '../deadLetters/describeDeadLetter.ts';
import type { DeadLetter } from '../deadLetters/readDeadLetters.ts';
import type { NamedFinding } from '../doctor/formatFindings.ts';
import type { Installation, Seen } from '../health/readInstallation.ts';
import { actionOf, type RequestMessage } from '../requests/readRequests.ts';
import { describeResult, requestOf } from '../results/describeResult.ts';
import { formatTime } from '../terminal/time.ts';
import { type Html, html, type Part } from './html.ts';

const LATEST_RESULTS = 20;
/** Breaks into lines, in characters. */
const LONG_TEXT = 40;

/** What the verdict rests on. */
export function findingsSection(findings: readonly NamedFinding[]): Html {
  const items = findings.map(
    (finding) =>
      html`<li class="${finding.status}"><b>${finding.name}</b> <span class="badge">${finding.status}</span> ${finding.seen}${
        finding.status === 'ok' ? undefined : html`<br><em>${finding.todo}</em>`
      }</li>`,
  );
  return section('findings', 'What the verdict rests on', html`<ul>${items}</ul>`);
}

/** What is on the queue. */
export function queueSection({ requests, at }: Installation): Html {
  const states = { first: 'first in line', waiting: 'waiting', scheduled: 'scheduled' } as const;
  const row = ({ sequenceNumber, state, sessionId, time, deliveryCount, body }: RequestMessage) => [
    sequenceNumber,
    states[state],
    sessionId,
    whatOf(body),
    timeOf(time, at),
    deliveryCount,
    body.request?.reference,
  ];
  const titles = ['number', 'state', 'partner', 'request', 'time', 'deliveries', 'reference'];
  return listSection(
    'queue',
    'On the queue',
    requests,
    titles,
    row,
    'Nothing waits, and nothing is scheduled.',
  );
}

/** The latest results, the newest first. */
export function resultsSection({ results, at }: Installation): Html {
  const latest: Seen<readonly Result[]> =
    'value' in results ? { value: results.value.slice(-LATEST_RESULTS).reverse() } : results;
  const row = (result: Result) => [
    html`<b class="${result.outcome}">${result.outcome}</b>`,
    timeOf(new Date(result.completedAt), at),
    requestOf(result).externalPartnerId,
    result.reference,
    describeResult(result),
  ];
  const titles = ['outcome', 'time', 'partner', 'reference', 'result'];
  return listSection('results', 'Latest results', latest, titles, row, 'No result in the last day.');
}

/** The dead letters, each with the command that handles it. */
export function deadLettersSection({ deadLetters, at }: Installation): Html {
  const row = ({ id, message, obstacle, ...letter }: DeadLetter) => [
    id,
    describeDeadLetter(letter),
    timeOf(message.enqueuedTimeUtc, at),
    [message.deadLetterReason, message.deadLetterErrorDescription].filter(Boolean).join(': '),
    html`<code>npx epc dead-letters ${obstacle === undefined ? 'resend' : 'drop'} ${id}</code>${obstacle && ` (${obstacle})`}`,
  ];
  const titles = ['number', 'what', 'since', 'reason', 'to handle it'];
  return listSection('dead-letters', 'Dead letters', deadLetters, titles, row, 'There are none.');
}

export function section(id: string, title: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

/** A table that scrolls by itself if it is too wide. */
export function table(caption: string, titles: readonly string[], rows: readonly (readonly Part[])[]): Html {
  const head = titles.map((title) => html`<th scope="col">${title}</th>`);
  const body = rows.map((cells) => html`<tr>${cells.map(toCell)}</tr>`);
  return html`<div class="wide" role="region" aria-label="${caption}, as a table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function toCell(cell: Part): Html {
  const isLong = typeof cell === 'string' && cell.length > LONG_TEXT;
  return isLong ? html`<td class="long">${cell}</td>` : html`<td>${cell}</td>`;
}

export function timeOf(time: Date | undefined, now: Date): Html | undefined {
  // Graph says the year 1 of what has never been.
  if (!time || !(time.getTime() > 0)) return undefined;
  return html`<time datetime="${time.toISOString()}" title="${distance(time, now)}">${formatTime(time)}</time>`;
}

function listSection<T>(
  id: string,
  title: string,
  seen: Seen<readonly T[]>,
  titles: readonly string[],
  toRow: (item: T) => readonly Part[],
  ifNone: string,
): Html {
  if ('unseen' in seen) return section(id, title, html`<p class="skipped">${seen.unseen}</p>`);
  if (seen.value.length === 0) return section(id, title, html`<p>${ifNone}</p>`);
  return section(id, title, table(title, titles, seen.value.map(toRow)));
}

function whatOf({ request, ...body }: RequestMessage['body']): string {
  if (!request) return `invalid: ${'problem' in body ? body.problem : ''}`;
  const action = request.endOf === undefined ? actionOf(request.enableConnection) : 'end of a window';
  return request.until === undefined ? action : `${action} until ${request.until}`;
}

function distance(time: Date, now: Date): string {
  const minutes = Math.round((time.getTime() - now.getTime()) / 60_000);
  return minutes >= 0 ? `in ${minutes} min` : `${-minutes} min ago`;
}
