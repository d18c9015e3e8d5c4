import { randomUUID } from 'node:crypto';
import type { ServiceBusMessage, ServiceBusReceivedMessage } from '@azure/service-bus';
import { exitCodes } from '../command/exitCodes.ts';
import { confirm } from '../terminal/confirm.ts';
import { note, type PatientPrinter, printPatiently } from '../terminal/print.ts';
import { describeDeadLetter, formatDeadLetter } from './describeDeadLetter.ts';
import type { DeadLetter } from './readDeadLetters.ts';
import { type Selection, select, takeAll } from './selection.ts';

/**
 * Sends the selected dead letters again, except those that an obstacle stands against. Returns the exit code.
 *
 * @param read gives the dead letters as they are now
 */
export async function resend(
  read: () => Promise<DeadLetter[]>,
  selection: Selection,
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
): Promise<number> {
  const letters = select(await read(), selection);
  const allowed = letters.filter(({ obstacle }) => obstacle === undefined);
  if (letters.length === 0) note('There are no dead letters.');
  for (const { id, obstacle } of letters) if (obstacle !== undefined) refuse(id, obstacle);
  if (allowed.length === 0) return letters.length === 0 ? exitCodes.done : exitCodes.declined;

  if (!yes && !(await isConfirmed(allowed))) {
    note('Nothing was sent again.');
    return exitCodes.declined;
  }
  // Others may have sent requests while the question stood.
  const ids = new Set(allowed.map(({ id }) => id));
  const now = yes ? allowed : (await read()).filter(({ id }) => ids.has(id));
  const overtaken = now.filter(({ obstacle }) => obstacle !== undefined);
  for (const { id, obstacle = '' } of overtaken) refuse(id, obstacle);
  const printer = printPatiently();
  const left = await takeAll(
    now.filter((letter) => !overtaken.includes(letter)),
    (letter, locked) => sendAgain(letter, locked, json, printer),
  );
  for (const id of left) refuse(id, 'somebody else has it');
  printer.end();
  const isDone = allowed.length === letters.length && overtaken.length + left.length === 0;
  return isDone && now.length === allowed.length ? exitCodes.done : exitCodes.declined;
}

function refuse(id: string, why: string): void {
  note(`Not sent again: ${id}: ${why}.`);
}

async function isConfirmed(letters: readonly DeadLetter[]): Promise<boolean> {
  for (const letter of letters) note(...formatDeadLetter(letter));
  const results = letters.some(({ request }) => !request) ? ' Results go to every subscription again.' : '';
  const what = letters.length === 1 ? 'it' : `these ${letters.length}`;
  return confirm(`Send ${what} again?${results}`);
}

async function sendAgain(
  letter: DeadLetter,
  locked: ServiceBusReceivedMessage,
  json: boolean,
  { print, printJson }: PatientPrinter,
): Promise<void> {
  const { id, source } = letter;
  // Under a new id: the queue would drop the old one as a duplicate within its detection window.
  const messageId = randomUUID();
  await source.resend(copyOf(locked, messageId));
  const effect = letter.request ? `as ${messageId}, which its result will name` : 'to every subscription';
  await (json
    ? printJson({ number: id, messageId, was: locked.messageId })
    : print(`Sent ${id} again (${describeDeadLetter(letter)}) ${effect}.`));
}

function copyOf(message: ServiceBusReceivedMessage, messageId: string): ServiceBusMessage {
  const { body, sessionId, contentType, correlationId, subject, applicationProperties = {} } = message;
  const { timeToLive, expiresAtUtc } = message;
  const leftMs = (expiresAtUtc?.getTime() ?? 0) - Date.now();
  const { DeadLetterReason, DeadLetterErrorDescription, ...properties } = applicationProperties;
  return {
    messageId,
    body,
    applicationProperties: properties,
    ...(sessionId !== undefined && { sessionId }),
    ...(contentType !== undefined && { contentType }),
    ...(correlationId !== undefined && { correlationId }),
    ...(subject !== undefined && { subject }),
    // It expires when it was to expire.
    ...(timeToLive !== undefined && leftMs > 0 && { timeToLive: leftMs }),
  };
}
