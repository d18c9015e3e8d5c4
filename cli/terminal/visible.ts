/** Emoji hold characters that would be dangerous on their own. */
const TEXT = /\p{RGI_Emoji}|[\t\n\r\p{Zl}\p{Zp}]|[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gv;
const BREAK = /^[\t\n\r\p{Zl}\p{Zp}]$/u;
const EMOJI = /^\p{RGI_Emoji}$/v;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Text as a person may see it, on one line: characters that a terminal obeys, that turn text around or that cannot be
 * seen are spelled out, as `<U+202E>`.
 */
export function makeVisible(text: string): string {
  return text.toWellFormed().replace(TEXT, (found) => {
    if (EMOJI.test(found)) return found;
    return BREAK.test(found) ? ' ' : `<U+${hexOf(found)}>`;
  });
}

/** JSON on one line, in which such characters are escaped: it stands for the same value. */
export function toVisibleJson(value: object): string {
  return JSON.stringify(value).replace(HIDDEN, (found) => found.split('').map(toEscape).join(''));
}

function toEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
