import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../http/httpResponse.ts';

/** The service sends a byte order mark in front of every XML. */
export const XML_HEAD = '\uFEFF<?xml version="1.0" encoding="utf-8"?>';

/**
 * An error as Azure Storage sends it: the code in the body and in a header ("Status and error codes").
 *
 * @param detail why authentication failed
 */
export function storageError(
  status: number,
  code: string,
  message: string,
  { detail, headers = {} }: { detail?: string; headers?: Readonly<Record<string, string>> } = {},
): HttpResponse {
  const requestId = randomUUID();
  const text = escapeXml(`${message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`);
  const authenticationDetail = detail
    ? `<AuthenticationErrorDetail>${escapeXml(detail)}</AuthenticationErrorDetail>`
    : '';
  return {
    status,
    headers: {
      'Content-Type': 'application/xml',
      'x-ms-error-code': code,
      'x-ms-request-id': requestId,
      ...headers,
    },
    body: `${XML_HEAD}<Error><Code>${code}</Code><Message>${text}</Message>${authenticationDetail}</Error>`,
  };
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
