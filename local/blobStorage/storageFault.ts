import type { Fault } from '../http/fault.ts';
import { storageError } from './storageError.ts';

/** A documented error of Azure Storage instead of the true response. */
export function storageFault(status: number, code: string, message: string): Fault {
  return { kind: 'response', ...storageError(status, code, message) };
}

/** 503; the service sends no `Retry-After` with it. */
export function serverBusy(): Fault {
  return storageFault(503, 'ServerBusy', 'The server is busy.');
}

/** 500 with a code of its own; with `apply` the write has been made all the same. */
export function operationTimedOut({ apply = false }: { apply?: boolean } = {}): Fault {
  const message = 'Operation could not be completed within the specified time.';
  return { kind: 'response', apply, ...storageError(500, 'OperationTimedOut', message) };
}

export function internalError(): Fault {
  return storageFault(
    500,
    'InternalError',
    'Server encountered an internal error. Please try again after some time.',
  );
}

/** 403: the identity is known, and has no role that allows this. */
export function permissionMismatch(): Fault {
  return storageFault(
    403,
    'AuthorizationPermissionMismatch',
    'This request is not authorized to perform this operation using this permission.',
  );
}
