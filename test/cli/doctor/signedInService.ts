import type { AzureService } from '../../../cli/azure/signIn.ts';

/** A stand-in as a service that the caller is signed in to; a caller who is not, without a token. */
export function signedInService(baseUrl: string, token: string | undefined = 'good'): AzureService {
  return {
    name: 'the stand-in',
    baseUrl,
    hint: 'Start it.',
    scope: `${baseUrl}/.default`,
    credential: {
      async getToken() {
        if (token === '') throw new Error('Nobody is signed in.');
        return { token: token ?? '', expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    },
  };
}
