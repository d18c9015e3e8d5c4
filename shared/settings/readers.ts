import { isGuid } from '../kit/guid.ts';

/** Stands for a value that is malformed, or missing. */
export const WRONG = Symbol('wrong');
type Wrong = typeof WRONG;

/** Reads the text of a setting, which is undefined if there is none. */
export type Reader<T> = (text: string | undefined) => T | Wrong;
/** Reads a text. */
type TextReader<T> = (text: string) => T | Wrong;

/** For a setting that has to be there. */
export function required<T>(read: TextReader<T>): Reader<T> {
  return (text) => (text === undefined ? WRONG : read(text));
}

/** For a setting that may be absent. */
export function optional<T>(read: TextReader<T>): Reader<T | undefined> {
  return (text) => (text === undefined ? undefined : read(text));
}

/** For a setting that has a default. */
export function withDefault<T>(fallback: string, read: TextReader<T>): Reader<T> {
  return (text = fallback) => read(text);
}

export const anyText: TextReader<string> = (text) => text;

export function matching(pattern: RegExp): TextReader<string> {
  return (text) => (pattern.test(text) ? text : WRONG);
}

export function wholeNumber(max: number): TextReader<number> {
  return (text) =>
    /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= max ? Number(text) : WRONG;
}

export const positiveNumber: TextReader<number> = (text) =>
  /^\d{1,6}(?:\.\d{1,6})?$/.test(text) && Number(text) > 0 ? Number(text) : WRONG;

export const trueOrFalse: TextReader<boolean> = (text) =>
  /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : WRONG;

function address(pattern: RegExp): TextReader<URL> {
  return (text) => (pattern.test(text) && URL.canParse(text) ? new URL(text) : WRONG);
}

/** An https origin. */
export const origin = address(/^https:\/\/[^/?#@\s]+\/?$/);

/** An https origin; http within this machine only. */
export const originOrLocal = address(
  /^(?:https:\/\/[^/?#@\s]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)\/?$/,
);

/** Items separated by commas, without the blanks around them. */
export function list<T>(read: TextReader<T>): TextReader<readonly T[]> {
  return (text) => {
    const items: T[] = [];
    for (const part of text.split(',')) {
      const item = read(part.trim());
      if (item === WRONG) return WRONG;
      items.push(item);
    }
    return items;
  };
}

export function oneOf<T extends string>(values: readonly T[]): TextReader<T> {
  return (text) => values.find((value) => value === text) ?? WRONG;
}

export const guid: TextReader<string> = (text) => (isGuid(text) ? text : WRONG);
