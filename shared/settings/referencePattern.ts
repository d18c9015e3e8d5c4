/** In how many ways a pattern may be tried on one text. */
const MOST_WAYS = 2 ** 17;
/** In how many ways a part of any length can be met: a reference has at most 256 characters. */
const ANY_LENGTH = 256;

/** A token: an escape, a class, what opens a lookaround or a group, a count, any other character. */
const TOKENS = /\\.|\[(?:\\.|[^\]\\])*(?:\]|$)|\(\?<?[=!]|\((?:\?:|\?<\w+>)?|\{\d+(?:,\d*)?\}|[\s\S]/gu;

/** What stands between two parentheses, as far as it is read. */
type Group = {
  /** The ways of its earlier alternatives, of the present one, and of the last part of that. */
  earlier: number;
  ways: number;
  last: number;
  /** Whether something in it repeats, may be left out or has alternatives. */
  isComplex: boolean;
};

/**
 * Makes the regular expression that a whole `reference` has to match.
 *
 * @returns undefined if it is not one, or may take very long over some text: if it refers back or looks around, if a
 * repeated group holds a repetition or alternatives, or if more than 2^17 ways have to be tried
 */
export function readReferencePattern(text: string): RegExp | undefined {
  if (!isQuick(text)) return undefined;
  try {
    // By itself: `a)|(b` is one only between the parentheses.
    new RegExp(text, 'u');
    const pattern = new RegExp(`^(?:${text})$`, 'u');
    // One that is too large is refused only here.
    pattern.test('');
    return pattern;
  } catch {
    return undefined;
  }
}

function isQuick(pattern: string): boolean {
  const whole = aGroup();
  const around: Group[] = [];
  let group = whole;
  let closed: Group | undefined;
  for (const [token] of pattern.matchAll(TOKENS)) {
    if (/^\\[1-9k]|^\(\?<?[=!]/.test(token)) return false;
    const choices = choicesOf(token, group.last);
    const isRepeated = choices !== undefined && token !== '?';
    if (isRepeated && closed?.isComplex) return false;
    closed = undefined;
    if (token.startsWith('(')) {
      around.push(group);
      group = aGroup();
    } else if (token === ')') {
      closed = group;
      group = around.pop() ?? aGroup();
      group.isComplex ||= closed.isComplex;
      add(group, closed.earlier + closed.ways);
    } else if (token === '|') {
      Object.assign(group, aGroup(), { earlier: group.earlier + group.ways, isComplex: true });
    } else if (choices !== undefined) {
      group.ways /= group.last;
      group.isComplex = true;
      add(group, choices);
    } else add(group, 1);
    if (group.ways > MOST_WAYS) return false;
  }
  return whole.earlier + whole.ways <= MOST_WAYS;
}

/** In how many ways a quantifier can be met; undefined for any other token. */
function choicesOf(token: string, last: number): number | undefined {
  if (token === '?') return last + 1;
  if (token === '*' || token === '+') return ANY_LENGTH;
  if (!/^\{\d/.test(token)) return undefined;
  const [least = '', most = least] = token.slice(1, -1).split(',');
  return most === '' ? ANY_LENGTH : Number(most) - Number(least) + 1;
}

function aGroup(): Group {
  return { earlier: 0, ways: 1, last: 1, isComplex: false };
}

function add(group: Group, ways: number): void {
  group.ways *= ways;
  group.last = ways;
}
