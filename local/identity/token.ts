import { randomUUID } from 'node:crypto';

/** Makes a token that looks like a JSON Web Token, and is signed by nobody. */
export function createToken(claims: { aud: string; appid: string; exp: number }): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { ...claims, iss: 'https://localhost/', iat: now, nbf: now, jti: randomUUID() };
  return `${base64url({ typ: 'JWT', alg: 'none' })}.${base64url(payload)}.unsigned`;
}

/** The resource that a token of {@link createToken} is for. */
export function readAudience(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).aud;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
