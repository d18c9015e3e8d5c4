import type { Installation } from '../health/readInstallation.ts';
import { actionOf } from '../requests/readRequests.ts';
import { formatTime } from '../terminal/time.ts';
import { type Html, html } from './html.ts';
import { section } from './lists.ts';

const DAY_MS = 86_400_000;
const DAYS = 7;
/** The width of the drawing, in its own units: 100 a day. */
const WIDTH = DAYS * 100;
const LANE = 14;

/** From now on; a scheduled request without an end is a moment, from its time to its time. */
type Span = { readonly partner: string; readonly from: number; readonly to: number; readonly what: string };

/** The coming week: windows, scheduled requests, and where they overlap. */
export function timelineSection({ at, windows, requests }: Installation): Html {
  const now = at.getTime();
  const open: Span[] = ('value' in windows ? windows.value : []).map(
    ({ externalPartnerId, until, reference }) => ({
      partner: externalPartnerId,
      from: now,
      to: Math.max(now, Date.parse(until)),
      what: `open until ${formatTime(new Date(until))}${reference === undefined ? '' : `, ${reference}`}`,
    }),
  );
  const scheduled: Span[] = ('value' in requests ? requests.value : []).flatMap(
    ({ state, time, body, sessionId }) => {
      const { request } = body;
      if (state !== 'scheduled' || !time || !request || request.endOf !== undefined) return [];
      const from = time.getTime();
      const to = request.until === undefined ? from : Date.parse(request.until);
      const end = request.until === undefined ? '' : ` until ${request.until}`;
      const reference = request.reference === undefined ? '' : `, ${request.reference}`;
      const what = `${actionOf(request.enableConnection)} at ${formatTime(time)}${end}${reference}`;
      return [{ partner: sessionId, from, to: Number.isNaN(to) ? from : to, what }];
    },
  );
  const spans = [...open, ...scheduled].filter(({ from }) => from < now + DAYS * DAY_MS);
  const unseen = [windows, requests].flatMap((seen) =>
    'unseen' in seen ? [html`<p class="skipped">${seen.unseen}</p>`] : [],
  );
  const rows = [...Map.groupBy(spans, ({ partner }) => partner)].map(([partner, own]) =>
    row(partner, own, now),
  );
  const content =
    rows.length > 0
      ? html`${scale(at)}<ul>${rows}</ul>`
      : html`<p>No window is open, and nothing is scheduled.</p>`;
  return section('timeline', 'The week to come', html`${unseen}${content}`);
}

function row(partner: string, spans: readonly Span[], now: number): Html {
  const lanes = intoLanes(spans);
  const bars = lanes.flatMap((lane, index) => lane.map((span) => bar(span, index, now)));
  const overlap = lanes.length > 1 ? html` <span class="badge skipped">overlapping</span>` : undefined;
  const height = lanes.length * LANE;
  const texts = spans.map(({ what }) => html`<li>${what}</li>`);
  return html`<li><code>${partner}</code>${overlap}
<svg viewBox="0 0 ${WIDTH} ${height}" height="${height}" preserveAspectRatio="none" aria-hidden="true">${bars}</svg><ul>${texts}</ul></li>`;
}

function bar({ from, to, what }: Span, lane: number, now: number): Html {
  const x = position(from, now);
  const width = Math.max(3, position(to, now) - x);
  return html`<rect x="${x}" y="${lane * LANE + 2}" width="${width}" height="${LANE - 4}" rx="2"><title>${what}</title></rect>`;
}

function position(time: number, now: number): number {
  return Math.round(Math.min(WIDTH, Math.max(0, ((time - now) / DAY_MS) * 100)) * 10) / 10;
}

/** Spans that overlap stand below each other. */
function intoLanes(spans: readonly Span[]): Span[][] {
  const lanes: Span[][] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= span.from);
    if (free) free.push(span);
    else lanes.push([span]);
  }
  return lanes;
}

function scale(at: Date): Html {
  const days = Array.from({ length: DAYS }, (_, day) => {
    const time = new Date(at.getTime() + day * DAY_MS);
    return html`<span>${day === 0 ? 'now' : time.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric' })}</span>`;
  });
  return html`<div class="scale" aria-hidden="true">${days}</div>`;
}
