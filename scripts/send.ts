import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ServiceBusReceiver } from '@azure/service-bus';
import type { Answer } from '../shared/answer.ts';
import { type ConnectionRequest, readRequest } from '../shared/request.ts';
import { presentable } from '../shared/text.ts';
import { UsageError } from './arguments.ts';
import { connect } from './namespace.ts';

const usage = `Ask to enable or disable the connection of an external partner.

  npm run send -- enable  EXTERNAL_PARTNER_ID [options]
  npm run send -- disable EXTERNAL_PARTNER_ID [options]

EXTERNAL_PARTNER_ID is the id (a GUID) of the cloudPcExternalPartner record.

  --reference TEXT     your own key, a ticket number for example; comes back in the answer
  --reason TEXT        why, for the audit record
  --requested-by TEXT  who asks; by default the name you are signed in with here
  --valid-until TIME   not to be applied after this time (ISO 8601 with an offset)
  --at TIME            apply at this time: ISO 8601 with an offset, or +SECONDS from now
  --wait [SECONDS]     wait for the answer, 60 seconds unless told
  --namespace HOST     NAME.servicebus.windows.net, with your own Entra sign-in; the local queue unless told
  --json               print one JSON object
  --help

Exit code: 0 sent, or applied with --wait; 1 rejected or failed; 2 wrong usage; 3 no answer in time; 4 no connection.`;

/** Exit codes by outcome. */
const exitCodes = { applied: 0, rejected: 1, failed: 1 } as const;
const WRONG_USAGE = 2;
const NO_ANSWER = 3;
const NO_CONNECTION = 4;

type Wanted = {
  readonly body: ConnectionRequest;
  readonly sessionId: string;
  readonly at?: Date;
  readonly waitSeconds?: number;
  readonly namespace?: string;
  readonly json: boolean;
};

function parse(args: string[]): Wanted | 'help' {
  const { values, positionals } = parseWords(withWaitValue(args));
  if (values.help) return 'help';
  const [action, externalPartnerId, ...rest] = positionals;
  if (action !== 'enable' && action !== 'disable') {
    throw new UsageError(`Say enable or disable first${action ? `, not ${action}` : ''}.`);
  }
  if (!externalPartnerId)
    throw new UsageError(`Say which partner to ${action}: the id of its cloudPcExternalPartner record.`);
  if (rest.length > 0)
    throw new UsageError(`There is a word too many: ${rest[0]}. Put quotes around text with spaces.`);
  const body = {
    externalPartnerId,
    enableConnection: action === 'enable',
    requestedBy: values['requested-by'] ?? process.env.USER ?? process.env.USERNAME,
    reference: values.reference,
    reason: values.reason,
    validUntil: values['valid-until'],
  };
  const read = readRequest(Buffer.from(JSON.stringify(body)));
  if (!read.request) throw new UsageError(read.problem);
  const waitSeconds = values.wait === undefined ? undefined : Number(values.wait);
  if (waitSeconds !== undefined && !(waitSeconds > 0 && waitSeconds <= 86_400)) {
    throw new UsageError('--wait takes seconds, 1 to 86400.');
  }
  return {
    body: read.request,
    sessionId: externalPartnerId.toLowerCase(),
    json: values.json ?? false,
    ...(values.at !== undefined && { at: timeOf(values.at) }),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(values.namespace !== undefined && { namespace: namespaceOf(values.namespace) }),
  };
}

function parseWords(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        reference: text,
        reason: text,
        'requested-by': text,
        'valid-until': text,
        at: text,
        wait: text,
        namespace: text,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'The options are wrong.');
  }
}

/** `--wait` may stand without its seconds. */
function withWaitValue(args: string[]): string[] {
  const at = args.indexOf('--wait');
  return at >= 0 && !/^\d+$/.test(args[at + 1] ?? '') ? args.toSpliced(at + 1, 0, '60') : args;
}

function timeOf(text: string): Date {
  const seconds = /^\+(\d{1,9})$/.exec(text)?.[1];
  if (seconds) return new Date(Date.now() + Number(seconds) * 1000);
  const time = new Date(/([+-]\d\d:?\d\d|Z)$/i.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(
      `--at is ${text}; write a time such as 2030-01-31T18:00:00+01:00, or +90 for in 90 seconds.`,
    );
  }
  return time;
}

function namespaceOf(text: string): string {
  if (!/^[a-z][a-z0-9-]+\.servicebus\.[a-z0-9.]+$/i.test(text)) {
    throw new UsageError(`--namespace is ${text}; write NAME.servicebus.windows.net.`);
  }
  return text;
}

/** Looks through the results without taking any: other readers rely on them. */
async function answerTo(
  messageId: string,
  results: ServiceBusReceiver,
  seconds: number,
): Promise<Answer | undefined> {
  const deadline = Date.now() + seconds * 1000;
  let fromSequenceNumber = (await results.peekMessages(1))[0]?.sequenceNumber;
  while (Date.now() < deadline) {
    const found = await results.peekMessages(100, fromSequenceNumber ? { fromSequenceNumber } : {});
    const answer = found.map(({ body }) => body as Answer).find((one) => one?.messageId === messageId);
    if (answer) return answer;
    fromSequenceNumber = found.at(-1)?.sequenceNumber?.add(1) ?? fromSequenceNumber;
    if (found.length === 0) await sleep(250);
  }
  return undefined;
}

async function send(wanted: Wanted): Promise<number> {
  const { client, requestsQueue, resultsQueue } = await connect(wanted.namespace, {
    retryOptions: { maxRetries: 1 },
  });
  const print = (text: string, object: object) => console.log(wanted.json ? JSON.stringify(object) : text);
  const messageId = randomUUID();
  try {
    await client.createSender(requestsQueue).sendMessages({
      messageId,
      sessionId: wanted.sessionId,
      body: wanted.body,
      contentType: 'application/json',
      ...(wanted.at && { scheduledEnqueueTimeUtc: wanted.at }),
    });
    const when = wanted.at ? `, to be applied at ${wanted.at.toISOString()}` : '';
    const sent = `Sent ${messageId} to ${requestsQueue}${when}.`;
    if (wanted.waitSeconds === undefined) {
      print(sent, { messageId, queue: requestsQueue, at: wanted.at });
      return 0;
    }
    if (!wanted.json) console.log(`${sent}\nWaiting for the answer on ${resultsQueue} …`);
    const waitSeconds = wanted.waitSeconds + Math.max(0, ((wanted.at?.getTime() ?? 0) - Date.now()) / 1000);
    const answer = await answerTo(messageId, client.createReceiver(resultsQueue), waitSeconds);
    if (!answer) {
      console.error(`There is no answer to ${messageId} yet; it will come on the queue ${resultsQueue}.`);
      return NO_ANSWER;
    }
    print(inWords(answer), answer);
    return exitCodes[answer.outcome];
  } catch (error) {
    const target = wanted.namespace ?? 'the local queue';
    const hint = wanted.namespace ? '' : ' Is `npm start` or `npm run local` running?';
    console.error(`Could not reach ${target}: ${presentable((error as Error).message)}${hint}`);
    return NO_CONNECTION;
  } finally {
    await client.close();
  }
}

function inWords(answer: Answer): string {
  return answer.outcome === 'applied'
    ? `applied: enableConnection is ${answer.partner.enableConnection}, ${answer.partner.connectionStatus} (${answer.partner.statusDetails})`
    : `${answer.outcome}: ${answer.error.code}: ${answer.error.message}`;
}

try {
  const wanted = parse(process.argv.slice(2));
  if (wanted === 'help') console.log(usage);
  else process.exitCode = await send(wanted);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nSee npm run send -- --help`);
  process.exitCode = WRONG_USAGE;
}
