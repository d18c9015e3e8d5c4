import { readFileSync } from 'node:fs';

export type Query = {
  /** Its path, without the folder and the ending. */
  readonly name: string;
  /** The first comment: the question, or what an alert says. */
  readonly title: string;
  /** The comments below it: what there is to know about its rows. */
  readonly notes: string;
  readonly text: string;
};

/** Reads `operations/NAME.kql`. */
export function readQuery(name: string): Query {
  const text = readFileSync(`operations/${name}.kql`, 'utf8').trimEnd();
  const [header = ''] = text.split(/^(?!\/\/)/m, 1);
  const [title = '', ...notes] = header.split('\n').map((line) => line.replace(/^\/\/ ?/, ''));
  return { name, title, notes: notes.join('\n\n').trim(), text };
}

/**
 * Gives the parameters of a query, its `let NAME = VALUE;` lines, other values.
 *
 * @param values the values as KQL, by name; names that the query does not have are passed over
 */
export function withParameters(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/^let (\w+) = .*;$/gm, (line, name) =>
    Object.hasOwn(values, name) ? `let ${name} = ${values[name]};` : line,
  );
}
