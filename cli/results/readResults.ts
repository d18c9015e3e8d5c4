import { type Result, resultSchema } from '../../shared/contract/resultSchema.ts';
import { parseJson } from '../../shared/kit/json.ts';
import { asBytes } from '../../shared/receive/message.ts';
import type { Namespace } from '../serviceBus/namespace.ts';

/**
 * The results, oldest first. Takes none of them.
 *
 * @param follow waits for further results until it aborts; without it, this ends with what is there now
 * @param onOther called with the sequence number of a message that is not a result
 */
export async function* readResults(
  { peek, results }: Namespace,
  { follow, onOther }: { follow?: AbortSignal; onOther?: (sequenceNumber: string) => void } = {},
): AsyncGenerator<Result> {
  for await (const { body, sequenceNumber } of peek(results, follow)) {
    const result = parseResult(body);
    if (result) yield result;
    else onOther?.(String(sequenceNumber));
  }
}

/** The result that a message's body holds; undefined if it holds none. Keeps what a later version of the app may have added. */
export function parseResult(body: unknown): Result | undefined {
  const parsed = parseJson(Buffer.from(asBytes(body)).toString('utf8'));
  return resultSchema.safeParse(parsed).success ? (parsed as Result) : undefined;
}
