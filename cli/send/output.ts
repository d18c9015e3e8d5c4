import { PROGRAM } from '../command/help.ts';
import type { NamespaceInput } from '../serviceBus/namespaceOptions.ts';
import { note, print, printJson } from '../terminal/print.ts';

/** How a command talks: to a person in lines, to a program in one JSON object. */
export type Output = {
  /** What was asked for. */
  readonly result: (lines: readonly string[], object: object) => Promise<void>;
  /** Why what was asked for is not there. */
  readonly problem: (lines: readonly string[], object: object) => Promise<void>;
  /** Whatever else a person should know. */
  readonly note: (...lines: readonly string[]) => void;
  /** The command line that takes a scheduled request back. */
  readonly cancelCommand: (sequenceNumber: string) => string;
  /** The command line that disables a partner. */
  readonly disableCommand: (externalPartnerId: string) => string;
};

type OutputInput = NamespaceInput & { readonly json: boolean };

export function createOutput({ json, namespace, 'web-sockets': webSockets }: OutputInput): Output {
  const connection = `${namespace === undefined ? '' : ` --namespace ${namespace}`}${webSockets ? ' --web-sockets' : ''}`;
  const printObject = (_: readonly string[], object: object) => printJson(object);
  return {
    result: json ? printObject : (lines) => print(...lines),
    problem: json ? printObject : async (lines) => note(...lines),
    note,
    cancelCommand: (sequenceNumber) => `${PROGRAM} cancel ${sequenceNumber}${connection}`,
    disableCommand: (externalPartnerId) => `${PROGRAM} disable ${externalPartnerId}${connection}`,
  };
}
