import { onTestFinished, vi } from 'vitest';

/** What commands say in this process from now on, in lines, until the test has finished. */
export function hearNotes(): string[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text, ...rest) => {
    lines.push(String(text).trimEnd());
    const [written] = rest.filter((one) => typeof one === 'function') as (() => void)[];
    written?.();
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  return lines;
}
