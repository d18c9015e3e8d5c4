import { toJsonLine } from '../../shared/kit/sanitize.ts';
import type { SendValues } from './options.ts';

/** How a command talks: to a person in lines, to a program in one JSON object. */
export type Output = {
  /** What was asked for. */
  readonly result: (line: string, object: object) => void;
  /** Why what was asked for is not there. */
  readonly problem: (line: string, object: object) => void;
  /** Whatever else a person should know. */
  readonly note: (line: string) => void;
  /** The command line that takes a scheduled request back. */
  readonly cancelCommand: (sequenceNumber: string) => string;
  /** The command line that disables a partner. */
  readonly disableCommand: (externalPartnerId: string) => string;
};

export function createOutput({ json, namespace, 'web-sockets': webSockets }: SendValues): Output {
  const connection = `${namespace === undefined ? '' : ` --namespace ${namespace}`}${webSockets ? ' --web-sockets' : ''}`;
  const printObject = (_: string, object: object) => console.log(toJsonLine(object));
  return {
    result: json ? printObject : (line) => console.log(line),
    problem: json ? printObject : (line) => console.error(line),
    note: (line) => console.error(line),
    cancelCommand: (sequenceNumber) => `npm run send -- cancel ${sequenceNumber}${connection}`,
    disableCommand: (externalPartnerId) => `npm run send -- disable ${externalPartnerId}${connection}`,
  };
}
