import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export type Snippet = {
  readonly page: string;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly language: string;
  readonly code: string;
  /** The page says that no test runs it: the paragraph right above begins with "_Not run by the tests". */
  readonly isNotRun: boolean;
};

/** What `npm test` runs: every snippet in one of these languages, unless the page says that it is not run. */
const runLanguages = ['bash', 'ts'];

/** What needs more than Node: `npm run test:guides` runs it. */
const languagesRunElsewhere = ['powershell', 'python'];

export const isRun = ({ language, isNotRun }: Snippet) => runLanguages.includes(language) && !isNotRun;

export const isRunElsewhere = ({ language, isNotRun }: Snippet) =>
  languagesRunElsewhere.includes(language) && !isNotRun;

export function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  let heading = '';
  let above = '';
  let open: { language: string; lines: string[] } | undefined;
  for (const line of readFileSync(page, 'utf8').split('\n')) {
    const fence = /^```(.*)$/.exec(line);
    if (open && fence) {
      const isNotRun = above.startsWith('_Not run by the tests');
      snippets.push({ page, heading, language: open.language, code: `${open.lines.join('\n')}\n`, isNotRun });
      above = '';
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { language: fence[1] ?? '', lines: [] };
    } else {
      heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
      if (line !== '') above = line;
    }
  }
  if (open) throw new Error(`${page} has a fence that does not end, under "${heading}".`);
  return snippets;
}
