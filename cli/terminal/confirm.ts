import { createInterface } from 'node:readline';
import { makeVisible } from './visible.ts';

type Terminal = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** Asks a question; true only for a yes. Ctrl-C and Ctrl-D mean no. */
export async function confirm(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: true });
  const reply = await new Promise<string | undefined>((resolve) => {
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => resolve(undefined));
    lines.question(`${makeVisible(question)} [y/N] `, resolve);
  });
  lines.close();
  if (reply === undefined) output.write('\n');
  return /^y(es)?$/i.test(reply?.trim() ?? '');
}
