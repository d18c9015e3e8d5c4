import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { exitCodes, readArguments, runCommand, UsageError } from './command.ts';
import { createDeadLetterReceiver, type DeadLetter, deadLetters } from './deadLetter.ts';
import { type Namespace, withNamespace } from './namespace.ts';
import { formatTable } from './table.ts';

const usage = `Look at the requests that ended in the dead-letter queue without reaching the app's answer.

  npm run dead-letters [-- options]                  list them, with reasons
  npm run dead-letters -- resend NUMBER [options]    send one again, after asking

One that a later request for the same partner has overtaken is not sent again, nor one that has expired or was
answered. Answers that a reader has already taken from the results queue are not seen here: where in doubt, look
at the partner first (npm run partners), or send a fresh request (npm run send).

  --yes             do not ask
  --namespace HOST  NAME.servicebus.windows.net, with your own Entra sign-in; the local queue unless told
  --json            print JSON (npm run --silent dead-letters -- …)
  --help

Exit code: 0 listed or sent again; 1 not sent again; 2 wrong usage; 5 Service Bus did not do it.`;

await runCommand('dead-letters', usage, async (args) => {
  const { values, positionals } = readArguments(
    args,
    {
      yes: { type: 'boolean', default: false },
      namespace: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    2,
  );
  const [action, number] = positionals;
  if (action === undefined) return withNamespace(values.namespace, (one) => list(one, values.json));
  if (action !== 'resend') throw new UsageError(`Say resend, or nothing to list them, not ${action}.`);
  if (number === undefined) throw new UsageError('Say which one to send again: its number in the list.');
  if (!values.yes && !process.stdin.isTTY) {
    throw new UsageError('There is nobody to ask: say --yes to send it again without asking.');
  }
  return withNamespace(values.namespace, (one) => resend(one, number, values));
});

async function list(namespace: Namespace, asJson: boolean): Promise<number> {
  const letters = await deadLetters(namespace);
  if (asJson) {
    console.log(JSON.stringify(letters.map(asObject)));
  } else if (letters.length === 0) {
    console.log(`There are no dead letters on ${namespace.requestsQueue}.`);
  } else {
    const titles = ['number', 'enqueued', 'request', 'reference', 'reason', 'send it again?'];
    console.log(formatTable(titles, letters.map(asRow)));
  }
  return exitCodes.done;
}

async function resend(
  namespace: Namespace,
  number: string,
  { yes, json }: { yes: boolean; json: boolean },
): Promise<number> {
  const find = async (): Promise<DeadLetter> => {
    const letter = (await deadLetters(namespace)).find((one) => one.number === number);
    if (letter) return letter;
    throw new UsageError(`There is no dead letter ${number}; npm run dead-letters lists them.`);
  };
  const refuse = (why: string): number => {
    console.error(`Not sent again: ${why}.`);
    return exitCodes.rejected;
  };

  let letter = await find();
  if (!yes && !letter.obstacle) {
    if (!(await isConfirmed(`Send ${inWords(letter)} again?`))) return refuse('you did not say yes');
    // Others may have sent requests in the meantime.
    letter = await find();
  }
  if (letter.obstacle) return refuse(letter.obstacle);

  const receiver = createDeadLetterReceiver(namespace);
  const locked = await lock(receiver, number);
  if (!locked) return refuse('somebody else has it');
  // Under a new id: the queue would drop the old one as a duplicate within its detection window.
  const messageId = randomUUID();
  await namespace.client.createSender(namespace.requestsQueue).sendMessages(copyOf(locked, messageId));
  await receiver.completeMessage(locked);
  const { reference } = letter.read.request ?? {};
  const about = reference === undefined ? '' : `; the reference is still ${reference}`;
  console.log(
    json
      ? JSON.stringify({ number, messageId, was: locked.messageId })
      : `Sent again as ${messageId}, which its answer will name${about}.`,
  );
  return exitCodes.done;
}

async function isConfirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Locks one message, and gives back those that are in front of it. */
async function lock(
  receiver: ServiceBusReceiver,
  number: string,
): Promise<ServiceBusReceivedMessage | undefined> {
  const inFront: ServiceBusReceivedMessage[] = [];
  try {
    for (;;) {
      const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 1_000 });
      if (messages.length === 0) return undefined;
      inFront.push(...messages);
      const found = messages.find(({ sequenceNumber }) => String(sequenceNumber) === number);
      if (found) {
        inFront.splice(inFront.indexOf(found), 1);
        return found;
      }
    }
  } finally {
    for (const message of inFront) await receiver.abandonMessage(message);
  }
}

function copyOf(message: ServiceBusReceivedMessage, messageId: string) {
  const { body, sessionId, contentType, correlationId, subject, applicationProperties = {} } = message;
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = applicationProperties;
  return {
    messageId,
    body,
    applicationProperties: properties,
    ...(sessionId !== undefined && { sessionId }),
    ...(contentType !== undefined && { contentType }),
    ...(correlationId !== undefined && { correlationId }),
    ...(subject !== undefined && { subject }),
  };
}

function asRow(letter: DeadLetter): unknown[] {
  const { number, message, read, obstacle } = letter;
  return [
    number,
    message.enqueuedTimeUtc?.toISOString(),
    inWords(letter),
    read.request?.reference,
    `${message.deadLetterReason}: ${message.deadLetterErrorDescription}`,
    obstacle ? `no: ${obstacle}` : 'yes',
  ];
}

function asObject({ number, message, read, obstacle }: DeadLetter): object {
  return {
    number,
    messageId: message.messageId,
    sessionId: message.sessionId,
    enqueuedTime: message.enqueuedTimeUtc,
    deliveryCount: message.deliveryCount,
    request: read.received,
    deadLetterReason: message.deadLetterReason,
    deadLetterErrorDescription: message.deadLetterErrorDescription,
    ...(obstacle && { obstacle }),
  };
}

function inWords({ message, read }: DeadLetter): string {
  if (!read.request) return `an invalid request (${read.problem})`;
  return `${read.request.enableConnection ? 'enable' : 'disable'} ${message.sessionId}`;
}
