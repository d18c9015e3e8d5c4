import { styleText } from 'node:util';
import { CommandError } from '../command/errors.ts';
import { makeVisible, toVisibleJson } from './visible.ts';

type Style = Parameters<typeof styleText>[0];

/** A piece of a line: a text, or one in a colour. */
export type Span = string | { readonly text: string; readonly style: Style };

/** One line. What is in it from outside cannot break it or turn it into something else. */
export type Line = Span | readonly Span[];

/** What was printed did not get to where it was to go. */
export class OutputError extends CommandError {
  override readonly name: string = 'OutputError';
}

/** Whoever reads the output, such as `head`, has seen enough of it. */
export class ReaderGoneError extends OutputError {
  override readonly name = 'ReaderGoneError';
}

/** Whatever prints is told if it fails; nothing else has to hear of it. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

/** Whether somebody sits in front of what notes say. */
export function isTerminal(): boolean {
  return process.stderr.isTTY === true;
}

/** What has been said and not yet written. */
let said: Promise<unknown> = Promise.resolve();

/**
 * Prints what was asked for. Waits for a reader that pauses.
 *
 * @throws {OutputError} if it cannot be written
 */
export async function print(...lines: readonly Line[]): Promise<void> {
  for (const line of lines) await write(process.stdout, render(line, process.stdout));
}

/** Prints what was asked for, for a program: JSON on one line. */
export async function printJson(value: object): Promise<void> {
  await write(process.stdout, toVisibleJson(value));
}

/** Empties the screen that is printed to; nothing if there is none. */
export function clearScreen(): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
}

/** As {@link print}, of a list that its reader may not want to the end. Returns whether they still read. */
export async function printSome(show: () => Promise<void>): Promise<boolean> {
  try {
    await show();
    return true;
  } catch (error) {
    if (error instanceof ReaderGoneError) return false;
    throw error;
  }
}

/** Printing that never throws: what could not be printed is told when the work is done. */
export type PatientPrinter = {
  readonly print: typeof print;
  readonly printJson: typeof printJson;
  /** @throws {OutputError} if anything could not be written, unless its reader has seen enough */
  end(): void;
};

/** For work that must not stop half-way because nobody can read of it. */
export function printPatiently(): PatientPrinter {
  let first: unknown;
  const patient = async (printing: Promise<void>) => {
    await printing.catch((error: unknown) => {
      if (!(error instanceof ReaderGoneError)) first ??= error;
    });
  };
  return {
    print: (...lines) => patient(print(...lines)),
    printJson: (value) => patient(printJson(value)),
    end() {
      if (first !== undefined) throw first;
    },
  };
}

/** Says whatever else a person should know. */
export function note(...lines: readonly Line[]): void {
  for (const line of lines) {
    // If nobody hears it, there is nobody to tell.
    const written = write(process.stderr, render(line, process.stderr)).catch(() => {});
    said = Promise.all([said, written]);
  }
}

/** Waits until all that was said is written. */
export async function endOfNotes(): Promise<void> {
  await said;
}

/** The text of a line, without its colours. */
export function textOf(line: Line): string {
  const spans = Array.isArray(line) ? line : [line];
  return spans.map((span) => (typeof span === 'string' ? span : span.text)).join('');
}

function render(line: Line, stream: NodeJS.WriteStream): string {
  const spans: readonly Span[] = Array.isArray(line) ? line : [line];
  return spans
    .map((span) =>
      typeof span === 'string'
        ? makeVisible(span)
        : styleText(span.style, makeVisible(span.text), { stream }),
    )
    .join('');
}

function write(stream: NodeJS.WriteStream, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(`${line}\n`, (error) => (error ? reject(toOutputError(error)) : resolve()));
  });
}

function toOutputError(error: NodeJS.ErrnoException): OutputError {
  return error.code === 'EPIPE'
    ? new ReaderGoneError('The reader of the output has gone.', { cause: error })
    : new OutputError(`The output cannot be written: ${error.code ?? error.message}.`, { cause: error });
}
