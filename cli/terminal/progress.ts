import { makeVisible } from './visible.ts';

const INTERVAL_MS = 500;
const START_OF_LINE = '\r\u001b[2K';

/**
 * Says what a command waits for: on a terminal in one line that is kept up to date, elsewhere once.
 *
 * @returns ends the line
 */
export function showProgress(describe: () => string, { stderr } = process): () => void {
  if (!stderr.isTTY) {
    stderr.write(`${makeVisible(describe())}\n`);
    return () => {};
  }
  const show = () => stderr.write(`${START_OF_LINE}${makeVisible(describe())}`);
  show();
  const timer = setInterval(show, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    stderr.write(START_OF_LINE);
  };
}
