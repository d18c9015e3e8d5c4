import type { HttpResponse } from '../../http/httpResponse.ts';

/** An error as the service sends it over HTTP. */
export function refusal(status: number, detail: string): HttpResponse {
  const text = detail.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    status,
    headers: { 'Content-Type': 'application/xml; charset=utf-8' },
    body: `<Error><Code>${status}</Code><Detail>${text}</Detail></Error>`,
  };
}

/** The response to clients that want AMQP over WebSockets, or to manage queues and topics. */
export const leftOut = refusal(
  501,
  'The local Service Bus leaves out AMQP over WebSockets and the management API. Use AMQP over TCP, without TLS.',
);
