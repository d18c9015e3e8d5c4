/** How many parts of a pattern may repeat any number of times: each multiplies what a long text costs. */
const MOST_REPETITIONS = 3;
/** How many parts may be left out: each doubles it. */
const MOST_OPTIONS = 8;

/**
 * Makes the regular expression that a whole `reference` has to match.
 *
 * @returns undefined if it is not one, or may take very long over some text: if a repeated group holds a repetition
 * or a choice, if it refers back or looks around, or if more than three of its parts repeat or eight are optional
 */
export function readReferencePattern(text: string): RegExp | undefined {
  if (!isQuick(text)) return undefined;
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch {
    return undefined;
  }
}

function isQuick(pattern: string): boolean {
  const groups: { isComplex: boolean }[] = [];
  let closed: { isComplex: boolean } | undefined;
  let repetitions = 0;
  let options = 0;
  for (const [token] of pattern.matchAll(
    /\\.|\[(?:\\.|[^\]\\])*\]?|\(\?<?[=!]|\((?:\?:|\?<\w+>)?|\{\d+(?:,\d*)?\}|[\s\S]/g,
  )) {
    if (/^\\[1-9k]|^\(\?<?[=!]/.test(token)) return false;
    const isQuantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})$/.test(token);
    if (token.startsWith('(')) groups.push({ isComplex: false });
    if (isQuantifier || token === '|') markComplex(groups);
    if (token === '?') options++;
    else if (isQuantifier) {
      if (closed?.isComplex) return false;
      if (!/^\{\d+\}$/.test(token)) repetitions++;
    }
    if (repetitions > MOST_REPETITIONS || options > MOST_OPTIONS) return false;
    closed = token === ')' ? groups.pop() : undefined;
    if (closed?.isComplex) markComplex(groups);
  }
  return true;
}

function markComplex(groups: { isComplex: boolean }[]): void {
  const group = groups.at(-1);
  if (group) group.isComplex = true;
}
