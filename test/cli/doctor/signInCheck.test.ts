import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { signInCheck } from '../../../cli/doctor/signInCheck.ts';
import { startIdentity } from '../../../local/identity/identity.ts';

const host = 'contoso.servicebus.windows.net';

describe('the check of the sign-in', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says as whom', async () => {
    const identity = await startIdentity();
    onTestFinished(() => identity.close());
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'ManagedIdentityCredential');
    vi.stubEnv('IDENTITY_ENDPOINT', identity.endpoint);
    vi.stubEnv('IDENTITY_HEADER', identity.header);
    expect(await signInCheck({ host, isLocal: false }).run()).toEqual({
      status: 'ok',
      seen: 'as a1b6c2d8-0e4f-4a57-9b3c-7d5e2f8019c4',
    });
    expect(identity.journal).toMatchObject([{ resource: 'https://servicebus.azure.net', status: 200 }]);
  });

  it('finds that there is none, and says how to get one', async () => {
    vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'AzureCliCredential');
    vi.stubEnv('PATH', '');
    expect(await signInCheck({ host, isLocal: false }).run()).toMatchObject({
      status: 'wrong',
      seen: 'Not signed in to Azure. Run az login or azd auth login, then try again.',
    });
  });

  it.each([
    [{ host: 'localhost', isLocal: true, connectionString: 'Endpoint=sb://localhost' }, 'not needed'],
    [
      { host, isLocal: false, connectionString: `Endpoint=sb://${host}` },
      'with the key of ServiceBusConnection',
    ],
  ])('needs none with a key: %j', async (target, seen) => {
    expect(await signInCheck(target).run()).toMatchObject({
      status: 'ok',
      seen: expect.stringContaining(seen),
    });
  });
});
