import type { ResultError } from '../contract/resultSchema.ts';
import { asArray, asObject, parseJson } from '../kit/json.ts';
import { sanitize, shorten, truncate } from '../kit/sanitize.ts';

/** What Graph, or a gateway in front of it, said was wrong. Either may be empty. */
type Said = { readonly code: string; readonly message: string };

/** The longest code, in code points. */
const LONGEST_CODE = 128;
/** The longest message, which leaves room for advice in what is passed on, in code points. */
const LONGEST_MESSAGE = 640;
/** How many details of an error are read. */
const MOST_DETAILS = 5;
/** How much is quoted of a body that names no message, and how much is looked at for it, in code points. */
const LONGEST_QUOTATION = 300;
const LONGEST_PAGE = 10_000;

const advice: Partial<Record<number, string>> = {
  400: 'Graph does not accept this request.',
  401: 'The token was not accepted; a stale one is replaced when it expires.',
  403:
    "Grant the application permission CloudPC.ReadWrite.All to this app's managed identity; " +
    'a token from before the grant may be in use for some hours.',
  404: "No external partner has this id: send the id of the cloudPcExternalPartner record, not the vendor's partnerId.",
};

/** The error of a response with a status of 400 or more, in its own words, and what to do about it. */
export function readGraphError(status: number, body: string): ResultError {
  const said = readErrorBody(body);
  const what = `Graph responded with ${status}${said.code && ` ${said.code}`}${said.message && `: ${said.message}`}`;
  const isAdvised = status !== 403 || isAboutPermission(said);
  return {
    code: said.code || `http${status}`,
    message: sanitize(sentences(what, isAdvised ? advice[status] : undefined)),
    statusCode: status,
  };
}

/** A 403 with a reason of its own, such as a missing licence, is not fixed by a grant. */
function isAboutPermission({ code, message }: Said): boolean {
  if (/licen[cs]e|subscription|conditional access|region|feature/i.test(message)) return false;
  return (
    message === '' ||
    /permission|privilege|scope|role|authori[sz]|consent|denied|forbidden/i.test(`${code} ${message}`)
  );
}

/**
 * Reads the error bodies that Graph and gateways really send: OData errors, OAuth errors, problem details, the
 * messages of API gateways. Of any other body, an HTML page for example, an excerpt of its text is the message.
 */
function readErrorBody(body: string): Said {
  const json = parseJson(body);
  if (typeof json === 'string') return { code: '', message: quote(json) };
  if (typeof json !== 'object') return { code: '', message: quote(textOfHtml(body)) || quote(body) };
  const outer = lowerCaseKeys(json);
  const inner = lowerCaseKeys(outer.error ?? outer['odata.error']);
  const code = truncate(firstText(inner.code, outer.error, outer.code), LONGEST_CODE);
  const message = sentences(
    firstText(
      inner.message,
      lowerCaseKeys(inner.message).value,
      outer.error_description,
      outer.message,
      outer.detail,
      outer.title,
    ),
    ...asArray(inner.details).slice(0, MOST_DETAILS).map(messageOf),
    messageOf(inner.innererror),
  );
  return { code, message: message || (code ? '' : quote(body)) };
}

function firstText(...values: readonly unknown[]): string {
  const text = values.find((value): value is string => typeof value === 'string' && value.trim() !== '');
  return shorten(sanitize(text ?? ''), LONGEST_MESSAGE);
}

function messageOf(detail: unknown): string {
  return firstText(lowerCaseKeys(detail).message);
}

/** Texts one after the other, each once. */
function sentences(...texts: readonly (string | undefined)[]): string {
  const [first = '', ...others] = new Set(texts.filter((text) => text !== undefined && text !== ''));
  return others.reduce<string>((text, next) => `${text.replace(/(?<![.\s])[.\s]+$/, '')}. ${next}`, first);
}

function lowerCaseKeys(value: unknown): Record<string, unknown> {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(entries.map(([name, member]) => [name.toLowerCase(), member]));
}

function textOfHtml(body: string): string {
  const isText = (_: string, index: number) => index % 2 === 0;
  return truncate(body, LONGEST_PAGE)
    .split(/<\/?(?:script|style)\b[^<>]*>/i)
    .filter(isText)
    .join(' ')
    .replace(/<[^<>]*>/g, ' ');
}

function quote(text: string): string {
  return shorten(truncate(text, LONGEST_PAGE).trim().replace(/\s+/g, ' '), LONGEST_QUOTATION);
}
