/** What stands next in a JSON text: punctuation, a text, or a number or word. */
const TOKEN =
  /([\{\}\[\],:])|("(?:[^"\\[\p{Cc}--[\x7f-\x9f]]]|\\(?:["\\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+\-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w))/vy;
const SPACE = /[ \t\n\r]*/y;
const WORD = /[\p{L}\p{N}_$]{1,20}/uy;
/** As much of a text as is JSON. */
const START_OF_TEXT = /"(?:[^"\\[\p{Cc}--[\x7f-\x9f]]]|\\(?:["\\\/bfnrt]|u[\da-fA-F]{4}))*/vy;

/** The words of other languages. */
const otherWords: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  TRUE: 'true',
  FALSE: 'false',
  None: 'null',
  NULL: 'null',
  undefined: 'null',
};

type Expected = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

/**
 * Where a text stops being JSON, and what stands there: `line 3, column 12: a trailing comma`.
 *
 * @returns undefined if the text is JSON
 */
export function findJsonFault(text: string): string | undefined {
  const open: ('{' | '[')[] = [];
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'commaOrEnd');
  let expected: Expected = 'value';
  let comma: number | undefined;
  for (let at = skip(SPACE, text, 0); at < text.length; at = skip(SPACE, text, at)) {
    TOKEN.lastIndex = at;
    const [token = '', mark, quoted] = TOKEN.exec(text) ?? [];
    const isValue = expected === 'value' || expected === 'valueOrEnd';
    const isName = expected === 'name' || expected === 'nameOrEnd';
    const mayEnd = expected.endsWith('OrEnd');
    if (token === '') return describe(text, at, strangeAt(text, at));
    if ((mark === '{' || mark === '[') && isValue) {
      open.push(mark);
      expected = mark === '{' ? 'nameOrEnd' : 'valueOrEnd';
    } else if ((mark === '}' || mark === ']') && open.at(-1) === (mark === '}' ? '{' : '[') && mayEnd) {
      open.pop();
      expected = afterValue();
    } else if (mark === ',' && expected === 'commaOrEnd') {
      expected = open.at(-1) === '{' ? 'name' : 'value';
      comma = at;
    } else if (mark === ':' && expected === 'colon') {
      expected = 'value';
    } else if (!mark && isValue) {
      expected = afterValue();
    } else if (quoted && isName) {
      expected = 'colon';
    } else if ((mark === '}' || mark === ']') && comma !== undefined && (isName || isValue)) {
      return describe(text, comma, 'a trailing comma');
    } else {
      return describe(text, at, misplaced(token, expected));
    }
    at += token.length;
    if (mark !== ',') comma = undefined;
  }
  return expected === 'nothing' ? undefined : describe(text, text.length, 'the end of the text, too early');
}

function misplaced(token: string, expected: Expected): string {
  const missing = { commaOrEnd: 'a comma', colon: 'a colon', name: 'a name in quotation marks' } as const;
  if (expected === 'nothing') return 'something after the end of the JSON';
  const what = token.length > 20 ? `${token.slice(0, 20)}…` : token;
  return expected in missing
    ? `${what}, where ${missing[expected as keyof typeof missing]} is missing`
    : `${what}, which is out of place`;
}

/** What a place holds that begins nothing in JSON. */
function strangeAt(text: string, at: number): string {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === '"') return faultInText(text, at);
  if (character === '\u0000') return 'a NUL character';
  if (/[\u2018-\u201f\u00ab\u00bb]/.test(character)) return 'a typographic quotation mark; use "';
  if (character === "'") return 'a single quotation mark; use "';
  if (character === '/') return 'a comment, which JSON does not have';
  WORD.lastIndex = at;
  const [word] = WORD.exec(text) ?? [];
  if (word === undefined) return `the character ${JSON.stringify(character)}`;
  const known = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
  return known === undefined ? `${word} without quotation marks` : `${word}; write ${known}`;
}

function faultInText(text: string, start: number): string {
  START_OF_TEXT.lastIndex = start;
  const end = start + (START_OF_TEXT.exec(text)?.[0].length ?? 1);
  const character = text[end];
  const where = end < text.length ? placeOf(text, end) : '';
  if (character === undefined) return 'a text without its closing quotation mark';
  if (character === '\\') return `a text with a backslash at ${where} that begins no escape; write \\\\`;
  if (character === '\n' || character === '\r') {
    return `a text with a line break in it, at ${where}; write \\n, or close the quotation mark`;
  }
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `a text with a control character (U+${code}) at ${where}; write \\u${code}`;
}

function describe(text: string, at: number, what: string): string {
  return `${placeOf(text, at)}: ${what}`;
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split(/\r\n|\n|\r/);
  return `line ${before.length}, column ${Array.from(before.at(-1) ?? '').length + 1}`;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
