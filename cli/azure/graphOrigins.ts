import { UsageError } from '../command/errors.ts';

/** The origins of Microsoft Graph that know external partners. */
export const graphOrigins = ['https://graph.microsoft.com', 'https://graph.microsoft.us'];

/** @throws {UsageError} for any other address than an origin of Graph; a slash at its end does no harm */
export function parseGraphOrigin(text: string, name: string): string {
  const origin = text.replace(/\/$/, '');
  if (graphOrigins.includes(origin)) return origin;
  throw new UsageError(`${name} is ${text}; write ${graphOrigins.join(' or ')}.`);
}
