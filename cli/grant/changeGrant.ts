import type { Retry } from '../../shared/kit/retry.ts';
import { RefusedError } from '../azure/callAzure.ts';
import type { Directory, Permission, Principal } from './directory.ts';

/** What is to be done about the permission. */
export type GrantAction = 'grant' | 'revoke' | 'check';

/** How it stands afterwards. */
export type GrantReport =
  | {
      readonly kind: 'known';
      readonly principal: Principal;
      readonly isGranted: boolean;
      /** Whether it was not so before. */
      readonly isChanged: boolean;
    }
  /** Nobody in the tenant has this id. */
  | { readonly kind: 'unknownPrincipal' }
  /** The caller may not do what it takes, or not even look. */
  | {
      readonly kind: 'refused';
      /** What Graph says. */
      readonly message: string;
      readonly principal?: Principal;
      readonly permission?: Permission;
      /** What gives the principal the permission, and is to be taken back. */
      readonly assignmentId?: string;
    };

/**
 * Grants the permission to a principal, takes it back, or only looks. Does nothing if it is so already.
 *
 * @param retry tries again while Graph does not know a new identity
 * @throws what the calls of the directory throw, a 403 excepted
 */
export async function changeGrant(
  directory: Directory,
  action: GrantAction,
  principalId: string,
  retry: Retry,
): Promise<GrantReport> {
  const known: { principal?: Principal; permission?: Permission; assignmentId?: string } = {};
  const unknown = { tryAgain: { code: 'unknownPrincipal', message: '' } };
  try {
    known.permission = await directory.findPermission();
    const { permission } = known;
    const find = async () => {
      const principal = await directory.findPrincipal(principalId);
      return principal ? { done: principal } : unknown;
    };
    const found = action === 'grant' ? await retry('find', find) : await find();
    if (!('done' in found)) return { kind: 'unknownPrincipal' };
    const principal = found.done;
    known.principal = principal;

    const assignments = await directory.findAssignments(principal, permission);
    const isGranted = assignments.length > 0;
    const report = (now: boolean, isChanged: boolean): GrantReport => ({
      kind: 'known',
      principal,
      isGranted: now,
      isChanged,
    });
    if (action === 'check' || isGranted === (action === 'grant')) return report(isGranted, false);

    if (action === 'revoke') {
      for (const assignmentId of assignments) {
        known.assignmentId = assignmentId;
        await directory.remove(permission, assignmentId);
      }
      return report(false, true);
    }
    const assigned = await retry('assign', async () => {
      const result = await directory.assign(principal, permission);
      return result === 'unknownPrincipal' ? unknown : { done: result };
    });
    if (!('done' in assigned)) return { kind: 'unknownPrincipal' };
    return report(true, assigned.done === 'assigned');
  } catch (error) {
    if (error instanceof RefusedError && error.status === 403) {
      return { kind: 'refused', message: error.reason, ...known };
    }
    throw error;
  }
}
