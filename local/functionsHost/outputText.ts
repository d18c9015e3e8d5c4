import type { RpcTypedData } from './rpc.ts';

/**
 * The texts of the messages that the host makes of an output: one for each element of an array, otherwise one. Objects
 * and arrays are printed with indentation, also those of a text that looks like JSON; bytes as the name of their type.
 *
 * @throws SyntaxError for a text in braces or brackets that is not JSON; the invocation fails by it
 */
export function outputTexts({ string, json, bytes, int, double }: RpcTypedData): string[] {
  if (bytes !== undefined) return ['System.Byte[]'];
  if (string !== undefined) return looksLikeJson(string) ? printEach(JSON.parse(string)) : [string];
  if (json !== undefined) return json === 'null' ? [] : printEach(JSON.parse(json));
  const number = int ?? double;
  return number === undefined ? [] : [String(number)];
}

function looksLikeJson(text: string): boolean {
  const trimmed = text.trim();
  return (
    (trimmed.startsWith('{') && trimmed.endsWith('}')) || (trimmed.startsWith('[') && trimmed.endsWith(']'))
  );
}

function printEach(value: unknown): string[] {
  return Array.isArray(value) ? value.map(print) : [print(value)];
}

/** .NET prints nothing for null, and booleans with a capital letter. */
function print(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}
