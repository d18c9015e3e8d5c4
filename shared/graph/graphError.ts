import type { ResultError } from '../contract/resultSchema.ts';
import { asObject, parseJson } from '../kit/json.ts';
import { sanitize, truncate } from '../kit/sanitize.ts';

/** What Graph, or a gateway in front of it, said was wrong. Either may be empty. */
type Said = { readonly code: string; readonly message: string };

/** The longest code, in code points. */
const LONGEST_CODE = 128;
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
  const text = isAdvised && advice[status] ? `${what.replace(/[.\s]+$/, '')}. ${advice[status]}` : what;
  return {
    code: truncate(sanitize(said.code), LONGEST_CODE) || `http${status}`,
    message: sanitize(text),
    statusCode: status,
  };
}

/** A 403 with a reason of its own, such as a missing licence, is not mended by a grant. */
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
  const code = firstText(inner.code, outer.error, outer.code);
  const message = firstText(
    inner.message,
    lowerCaseKeys(inner.message).value,
    outer.error_description,
    outer.message,
    outer.detail,
    outer.title,
  );
  return { code, message: message || (code ? '' : quote(body)) };
}

function firstText(...values: readonly unknown[]): string {
  return values.find((value): value is string => typeof value === 'string' && value.trim() !== '') ?? '';
}

function lowerCaseKeys(value: unknown): Record<string, unknown> {
  const entries = Object.entries(asObject(value));
  return Object.fromEntries(entries.map(([name, member]) => [name.toLowerCase(), member]));
}

function textOfHtml(body: string): string {
  return truncate(body, LONGEST_PAGE)
    .replace(/<(script|style)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]*>/g, ' ');
}

function quote(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  const cut = truncate(line, LONGEST_QUOTATION);
  return cut === line ? line : `${cut}…`;
}
