import type { NamedFinding } from '../doctor/formatFindings.ts';
import type { Installation } from '../health/readInstallation.ts';
import { verdictOf } from '../status/formatStatus.ts';
import { type Html, html } from './html.ts';
import { deadLettersSection, findingsSection, queueSection, resultsSection } from './lists.ts';
import { partnersSection } from './partners.ts';
import { timelineSection } from './timeline.ts';

/** One look at an installation, and what is to be said of it. */
export type View = { readonly installation: Installation; readonly findings: readonly NamedFinding[] };

/** The page of one look at an installation. */
export function boardPage({ installation, findings }: View): string {
  const isHealthy = findings.every(({ status }) => status !== 'wrong');
  return page(
    isHealthy ? 'Healthy' : 'Not healthy',
    html`<header class="${isHealthy ? 'ok' : 'wrong'}" id="verdict">
<h1>${verdictOf(findings)}</h1>
<p>${installation.requestsQueue} on ${installation.host}</p>
</header>
${findingsSection(findings)}
${timelineSection(installation)}
${partnersSection(installation)}
${queueSection(installation)}
${resultsSection(installation)}
${deadLettersSection(installation)}`,
  );
}

/** The page if Service Bus cannot be reached. */
export function unreachablePage(problem: string): string {
  return page(
    'Unreachable',
    html`<header class="wrong" id="verdict"><h1>Cannot look</h1><p>${problem}</p></header>`,
  );
}

function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · External partner connections</title>
<link rel="stylesheet" href="board.css">
<link rel="icon" href="data:,">
<script src="board.js" defer></script>
</head>
<body>
<main id="board" aria-live="off">
${content}
</main>
<footer><p>It follows by itself what happens. <span id="looked" role="status"></span></p></footer>
</body>
</html>
`.text;
}
