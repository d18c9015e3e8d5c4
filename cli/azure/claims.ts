import { asObject, parseJson } from '../../shared/kit/json.ts';

/** What a token says of whoever it was issued to; nothing if it cannot be read. */
export function claimsOf(token: string): Record<string, unknown> {
  return asObject(parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
}

/** Whether a token has one of these permissions, delegated or of an application. */
export function hasPermission(token: string, permissions: readonly string[]): boolean {
  const { scp, roles } = claimsOf(token);
  const delegated = typeof scp === 'string' ? scp.split(' ') : [];
  const own = Array.isArray(roles) ? roles.map(String) : [];
  return permissions.some((permission) => delegated.includes(permission) || own.includes(permission));
}
