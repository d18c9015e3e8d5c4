const INTERVAL_MS = 500;

/**
 * Says what a command waits for: on a terminal in one line that is kept up to date, elsewhere once.
 *
 * @returns ends the line
 */
export function showProgress(describe: () => string, { stderr } = process): () => void {
  if (!stderr.isTTY) {
    stderr.write(`${describe()}\n`);
    return () => {};
  }
  const show = () => stderr.write(`\r\u001b[2K${describe()}`);
  show();
  const timer = setInterval(show, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    stderr.write('\r\u001b[2K');
  };
}
