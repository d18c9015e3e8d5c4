import { randomUUID } from 'node:crypto';
import { isServiceBusError, type ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';
import * as z from 'zod/mini';
import type { ConnectionRequest } from '../shared/request.ts';
import { readRequestBody } from '../shared/requestBody.ts';
import type { Result } from '../shared/result.ts';
import { answers, inWords } from './answers.ts';
import { asSentence, exitCodes, readArguments, runCommand, UnreachableError, UsageError } from './command.ts';
import { type Namespace, withNamespace } from './namespace.ts';

const usage = `Ask to enable or disable the connection of an external partner.

  npm run send -- enable  EXTERNAL_PARTNER_ID [options]
  npm run send -- disable EXTERNAL_PARTNER_ID [options]
  npm run send -- cancel  SEQUENCE_NUMBER     [options]

EXTERNAL_PARTNER_ID is the id (a GUID) of the cloudPcExternalPartner record; npm run partners lists them.
SEQUENCE_NUMBER is what --at said; cancel takes back a request whose time has not come.

  --reference TEXT     your own key, a ticket number for example; comes back in the answer
  --reason TEXT        why, for the audit record
  --requested-by TEXT  who asks; by default the name you are signed in with here
  --valid-until TIME   not to be applied after this time (ISO 8601 with an offset)
  --at TIME            apply at this time: ISO 8601 with an offset, or +SECONDS from now
  --message-id TEXT    sent again under the same id within the queue's detection window, it is dropped
  --wait [SECONDS]     wait for the answer, 60 seconds unless told
  --namespace HOST     NAME.servicebus.windows.net, with your own Entra sign-in; the local queue unless told
  --json               print one JSON object (npm run --silent send -- … keeps npm's own lines out)
  --help

Exit code: 0 sent, cancelled, or applied with --wait; 1 rejected; 2 wrong usage; 3 failed; 4 no answer in time;
5 Service Bus did not do it.`;

const options = {
  reference: { type: 'string' },
  reason: { type: 'string' },
  'requested-by': { type: 'string' },
  'valid-until': { type: 'string' },
  at: { type: 'string' },
  'message-id': { type: 'string' },
  wait: { type: 'string' },
  namespace: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof readArguments<typeof options>>['values'];

/** As long as a timer can be. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Prints one line for a person, or one object for a program. */
type Print = (line: string, object: object) => void;

await runCommand('send', usage, async (args) => {
  const { values, positionals } = readArguments(withWaitValue(args), options, 2);
  const [action, target] = positionals;
  const print: Print = (line, object) => console.log(values.json ? JSON.stringify(object) : line);
  switch (action) {
    case 'enable':
    case 'disable': {
      const request = requestOf(action === 'enable', target, values);
      const delivery = deliveryOf(values);
      return withNamespace(values.namespace, (namespace) => send(namespace, request, delivery, print));
    }
    case 'cancel': {
      const sequenceNumber = target ?? '';
      if (Long.fromString(sequenceNumber || '0').toString() !== sequenceNumber) {
        throw new UsageError('Say which request to cancel: the sequence number that --at said.');
      }
      return withNamespace(values.namespace, (namespace) => cancel(namespace, sequenceNumber, print));
    }
    default:
      throw new UsageError(`Say enable, disable or cancel first${action ? `, not ${action}` : ''}.`);
  }
});

/** `--wait` may stand without its seconds. */
function withWaitValue(args: string[]): string[] {
  const at = args.indexOf('--wait');
  return at >= 0 && !/^\d+$/.test(args[at + 1] ?? '') ? args.toSpliced(at + 1, 0, '60') : args;
}

function requestOf(
  enableConnection: boolean,
  externalPartnerId: string | undefined,
  values: Options,
): ConnectionRequest {
  if (externalPartnerId === undefined) {
    throw new UsageError(
      'Say which partner: the id of its cloudPcExternalPartner record (npm run partners).',
    );
  }
  const body = {
    externalPartnerId,
    enableConnection,
    requestedBy: values['requested-by'] ?? process.env.USER ?? process.env.USERNAME,
    reference: values.reference,
    reason: values.reason,
    validUntil: values['valid-until'],
  };
  const read = readRequestBody(Buffer.from(JSON.stringify(body)));
  if (!read.request) throw new UsageError(read.problem);
  return read.request;
}

type Delivery = { readonly messageId: string; readonly at?: Date; readonly waitMs?: number };

function deliveryOf({
  'message-id': messageId = randomUUID(),
  'valid-until': validUntil,
  at,
  wait,
}: Options): Delivery {
  const seconds = Number(wait);
  if (wait !== undefined && !(seconds >= 1 && seconds <= 86_400)) {
    throw new UsageError('--wait takes seconds, 1 to 86400.');
  }
  if (messageId.length < 1 || messageId.length > 128) {
    throw new UsageError('--message-id takes 1 to 128 characters.');
  }
  if (!isKeptAsItIs(messageId)) {
    throw new UsageError(`--message-id ${messageId} would come back as another; put letters in front of it.`);
  }
  const time = at === undefined ? undefined : timeOf(at);
  if (time && validUntil !== undefined && time.getTime() >= Date.parse(validUntil)) {
    throw new UsageError(
      `--at ${at} is not before --valid-until ${validUntil}; the request could only expire.`,
    );
  }
  const untilTime = Math.max(0, (time?.getTime() ?? 0) - Date.now());
  const waitMs = untilTime + seconds * 1000;
  if (waitMs > LONGEST_WAIT_MS) {
    throw new UsageError(
      '--wait does not wait for an --at that is weeks ahead; follow npm run results then.',
    );
  }
  return { messageId, ...(time && { at: time }), ...(wait !== undefined && { waitMs }) };
}

/** The Functions worker reads an id as JSON where it can: `1e3` comes back as 1000. */
function isKeptAsItIs(messageId: string): boolean {
  try {
    const value: unknown = JSON.parse(messageId);
    return (typeof value === 'number' || typeof value === 'boolean') && String(value) === messageId;
  } catch {
    return true;
  }
}

function timeOf(text: string): Date {
  const seconds = /^\+(\d{1,9})$/.exec(text)?.[1];
  if (seconds) return new Date(Date.now() + Number(seconds) * 1000);
  if (!z.iso.datetime({ offset: true }).safeParse(text).success) {
    throw new UsageError(
      `--at is ${text}; write a time such as 2030-01-31T18:00:00+01:00, or +90 for in 90 seconds.`,
    );
  }
  return new Date(text);
}

async function send(
  { client, requestsQueue, resultsQueue }: Namespace,
  request: ConnectionRequest,
  { messageId, at, waitMs }: Delivery,
  print: Print,
): Promise<number> {
  const message = {
    messageId,
    sessionId: request.externalPartnerId.toLowerCase(),
    body: request,
    contentType: 'application/json',
  };
  const sender = client.createSender(requestsQueue);
  const [sequenceNumber] = at ? await sender.scheduleMessages(message, at) : [];
  if (!at) await sender.sendMessages(message);
  const sent = at
    ? `Scheduled ${messageId} for ${at.toISOString()}. To take it back: npm run send -- cancel ${sequenceNumber}`
    : `Sent ${messageId} to ${requestsQueue}.`;
  if (waitMs === undefined) {
    print(sent, {
      messageId,
      queue: requestsQueue,
      ...(at && { at: at.toISOString(), sequenceNumber: String(sequenceNumber) }),
    });
    return exitCodes.done;
  }
  console.error(sent);
  const answer = await answerTo(messageId, client.createReceiver(resultsQueue), waitMs);
  if (!answer) {
    console.error(`There is no answer to ${messageId} yet; it will come on the queue ${resultsQueue}.`);
    return exitCodes.noAnswer;
  }
  if (!isAbout(request, answer)) {
    console.error(
      asSentence(`${messageId} was used before, for another request, which was ${inWords(answer)}`),
    );
    return exitCodes.wrongUsage;
  }
  print(inWords(answer), answer);
  return exitCodes[answer.outcome];
}

/** An answer under the same id may be to an earlier request, and this one dropped as its duplicate. */
function isAbout({ enableConnection, externalPartnerId }: ConnectionRequest, { request }: Result): boolean {
  const said = Object(request) as Partial<ConnectionRequest>;
  return said.enableConnection === enableConnection && said.externalPartnerId === externalPartnerId;
}

/** Waits, with a line that shows for how long where somebody looks. */
async function answerTo(
  messageId: string,
  results: ServiceBusReceiver,
  waitMs: number,
): Promise<Result | undefined> {
  const started = Date.now();
  const { stderr } = process;
  const showProgress = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    stderr.write(`\rWaiting for the answer … ${seconds} s of ${Math.round(waitMs / 1000)} s `);
  };
  const progress = stderr.isTTY ? setInterval(showProgress, 500) : undefined;
  try {
    for await (const answer of answers(results, AbortSignal.timeout(waitMs))) {
      if (answer.messageId === messageId) return answer;
    }
    return undefined;
  } finally {
    clearInterval(progress);
    if (progress) stderr.write('\r\u001b[2K');
  }
}

async function cancel(
  { client, requestsQueue }: Namespace,
  sequenceNumber: string,
  print: Print,
): Promise<number> {
  try {
    await client.createSender(requestsQueue).cancelScheduledMessages(Long.fromString(sequenceNumber));
  } catch (error) {
    if (!isServiceBusError(error) || error.code !== 'MessageNotFound') throw error;
    throw new UnreachableError(
      `No request with sequence number ${sequenceNumber} waits for its time on ${requestsQueue}; it may have been applied or cancelled already.`,
    );
  }
  print(`Cancelled ${sequenceNumber}; it will not be applied.`, { sequenceNumber, cancelled: true });
  return exitCodes.done;
}
