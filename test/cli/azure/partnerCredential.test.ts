import type { TokenCredential } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { createPartnerCredential } from '../../../cli/azure/partnerCredential.ts';
import { hearNotes } from '../../helpers/notes.ts';

const GRAPH = 'https://graph.microsoft.com';
const SCOPE = `${GRAPH}/CloudPC.Read.All`;

const tokenWith = (claims: object) => `e.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
const issue = (token: string): TokenCredential => ({
  getToken: async () => ({ token, expiresOnTimestamp: 0 }),
});
const nobody: TokenCredential = { getToken: () => Promise.reject(new Error('Nobody.')) };

type Edges = NonNullable<Parameters<typeof createPartnerCredential>[2]>;

async function signIn(edges: Partial<Edges>, { deviceCode = false } = {}): Promise<string | undefined> {
  const credential = createPartnerCredential(
    GRAPH,
    { tenantId: undefined, deviceCode },
    { env: {}, ambient: nobody, person: issue('a person'), isTerminal: false, ...edges },
  );
  return (await credential.getToken(SCOPE))?.token;
}

describe('whoever lists partners', () => {
  it('is whoever the token of the environment is for', async () => {
    expect(await signIn({ env: { GRAPH_ACCESS_TOKEN: ' given ' } }, { deviceCode: true })).toBe('given');
  });

  it.each([
    { scp: 'User.Read CloudPC.Read.All' },
    { roles: ['CloudPC.Read.All'] },
    { roles: ['Application.Read.All', 'CloudPC.ReadWrite.All'] },
  ])('is whoever is signed in already, if the token says %j', async (claims) => {
    const token = tokenWith(claims);
    expect(await signIn({ ambient: issue(token), isTerminal: true })).toBe(token);
  });

  it.each([
    ['Whoever is signed in to Azure lacks the permission', issue(tokenWith({ scp: 'User.Read' }))],
    ['Whoever is signed in to Azure lacks the permission', issue('not a token')],
    ['Nobody is signed in to Azure.', nobody],
  ])('is a person who is told to sign in: %s', async (why, ambient) => {
    const said = hearNotes();
    expect(await signIn({ ambient, isTerminal: true })).toBe('a person');
    expect(said.join()).toMatch(new RegExp(`^${why}.*within 3 min; --device-code`));
    await expect(signIn({ ambient })).rejects.toThrow('set GRAPH_ACCESS_TOKEN');
    expect(await signIn({ ambient }, { deviceCode: true })).toBe('a person');
  });

  it('is nobody if the sign-in fails', async () => {
    await expect(signIn({ person: nobody }, { deviceCode: true })).rejects.toThrow('Cannot sign in: Nobody.');
  });
});
