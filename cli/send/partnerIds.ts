import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { asArray, asObject, parseJson } from '../../shared/kit/json.ts';
import { UsageError } from '../command/errors.ts';
import { parsePartnerId } from '../command/guid.ts';

const STANDARD_INPUT = '-';

/**
 * The ids of partners in a file, each once and in lower case.
 *
 * @param file `-`: standard input
 * @throws {UsageError} if there are none, or something else
 */
export async function readPartnerIds(file: string): Promise<string[]> {
  const ids = parsePartnerIds(await readText(file));
  if (ids.length > 0) return ids;
  throw new UsageError(`--from ${file} names no partner; write ids, one a line.`);
}

async function readText(file: string): Promise<string> {
  if (file === STANDARD_INPUT) return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--from ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** @param content ids one a line, or what `npx epc partners --json` prints */
export function parsePartnerIds(content: string): string[] {
  const trimmed = content.replace(/^\ufeff/, '').trim();
  const ids = trimmed.startsWith('[') ? idsInJson(trimmed) : idsInLines(trimmed);
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

function idsInJson(json: string): string[] {
  const partners = parseJson(json);
  if (partners === undefined) throw new UsageError('--from is not JSON to its end; was it cut?');
  return asArray(partners).map((partner, index) =>
    parsePartnerId(String(asObject(partner).id), `The id of item ${index + 1} of --from`),
  );
}

function idsInLines(lines: string): string[] {
  return lines
    .split(/\r?\n/)
    .map((line, index) => ({ id: line.trim(), name: `Line ${index + 1} of --from` }))
    .filter(({ id }) => id !== '' && !id.startsWith('#'))
    .map(({ id, name }) => parsePartnerId(id, name));
}
