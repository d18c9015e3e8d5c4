import { isGuid } from '../../shared/kit/guid.ts';
import { UsageError } from './errors.ts';

/** @throws {UsageError} for any other text than the id of an external partner */
export function parsePartnerId(text: string, name: string): string {
  if (isGuid(text)) return text;
  throw new UsageError(
    `${name} is ${text}; write the id (a GUID) of a cloudPcExternalPartner. npx epc partners lists them.`,
  );
}

/** @throws {UsageError} for any other text than the id of an identity */
export function parsePrincipalId(text: string, name: string): string {
  if (isGuid(text)) return text;
  throw new UsageError(`${name} is ${text}; write a principal id (object id), a GUID.`);
}
