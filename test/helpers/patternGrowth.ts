import fc from 'fast-check';

/** The longest hostile text, in characters: as long as the longest body of a request. */
const LONGEST = 16 * 1024;
/** Short ones first: what grows exponentially would not end with a long one. */
const LENGTHS = [16, 24, 32, 40, 48, 1024, LONGEST];
/** Work that is linear stays far below this multiple of the reference, work that is quadratic far above. */
const MOST_WORK = 30;
const MEASUREMENTS = 10;

const PIECES = [...' \n.-+/\\"<=:;%aZ0'];
/** Matches nothing, wherever it stands, so that what ran up to it has to be tried again. */
const BREAK = '\u0001';

/** What a text begins with, and what it then repeats. */
type Hostile = readonly [start: string, unit: string];

/**
 * Looks for a text for which a pattern does more than linear work, measured against a linear pattern in the same run.
 * A busy machine makes no difference: of several measurements, the least counts.
 *
 * @returns the beginning of such a text; undefined if none was found
 */
export function findHostileText(pattern: RegExp): string | undefined {
  const most = MOST_WORK * reference();
  const texts = hostileTo(pattern);
  for (const length of LENGTHS) {
    for (const [start, unit] of texts) {
      const text = start + unit.repeat(length / unit.length) + BREAK;
      if (leastWork(pattern, text, most) > most) return text.slice(0, 40);
    }
  }
  return undefined;
}

/** The work of a linear pattern, found out once. */
function reference(): number {
  const text = 'ab'.repeat(LONGEST / 2);
  referenceWork ??= Math.min(...Array.from({ length: MEASUREMENTS }, () => leastWork(/a/g, text)));
  return referenceWork;
}
let referenceWork: number | undefined;

/** @param enough work that need not be measured again */
function leastWork(pattern: RegExp, text: string, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let measured = 0; measured < MEASUREMENTS && least > enough; measured++) {
    const start = performance.now();
    text.replace(pattern, '');
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Repeats pieces of what the pattern names, of what it matches, and of anything. */
function hostileTo(pattern: RegExp): Hostile[] {
  const words = pattern.source.match(/\w{3,}/g) ?? [];
  const anything = PIECES.flatMap((first) =>
    [...PIECES, ...words].map((second) => ['', first + second] as const),
  );
  const matching = examplesOf(pattern).flatMap((match) =>
    Array.from(match, (_, index) => [
      ['', match.slice(0, index + 1)] as const,
      ...[1, 2, 3].map((length) => [match.slice(0, index), match.slice(index, index + length)] as const),
    ]).flat(),
  );
  return [...anything, ...matching];
}

/** Texts that match, as far as they can be made up. */
function examplesOf({ source, flags }: RegExp): string[] {
  try {
    const pattern = new RegExp(source, flags.replace(/[^su]/g, ''));
    return fc.sample(fc.stringMatching(pattern, { maxLength: 40 }), { numRuns: 4, seed: 7 });
  } catch {
    // Lookbehind, for example.
    return [];
  }
}
