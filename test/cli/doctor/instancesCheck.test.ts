import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instancesCheck } from '../../../cli/doctor/instancesCheck.ts';
import { always } from '../../../local/http/fault.ts';
import { appResources } from '../../../local/resourceManager/appResources.ts';
import {
  type ResourceManagerStandIn,
  startResourceManager,
} from '../../../local/resourceManager/resourceManager.ts';
import { trustedCertificate } from '../../helpers/trust.ts';
import { signedInService } from './signedInService.ts';

const appId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.Web/sites/app';

let resourceManager: ResourceManagerStandIn;
beforeAll(async () => {
  resourceManager = await startResourceManager({ tls: await trustedCertificate(), resources: {} });
});
afterAll(() => resourceManager?.close());
beforeEach(() => {
  resourceManager.fault = undefined;
  resourceManager.resources.clear();
  resourceManager.resources.set(appId, appResources(appId)[appId] ?? {});
});

const check = (id: string | undefined = appId) =>
  instancesCheck(signedInService(resourceManager.url), id).run();
const scale = (scaleAndConcurrency: object) =>
  resourceManager.resources.set(appId, { functionAppConfig: { scaleAndConcurrency } });

describe('the check of instances', () => {
  it('finds one', async () => {
    expect(await check()).toEqual({ status: 'ok', seen: 'one at most' });
  });

  it('says how many there may be, and where to read what that costs', async () => {
    scale({ maximumInstanceCount: 40 });
    expect(await check()).toEqual({
      status: 'ok',
      seen: '40 at most; docs/faults.md, "What stays open", says what that costs',
    });
  });

  it('finds instances that are always ready', async () => {
    scale({ maximumInstanceCount: 1, alwaysReady: [{ name: 'http', instanceCount: 1 }] });
    expect(await check()).toMatchObject({ status: 'wrong', todo: 'Run azd provision --no-state.' });
  });

  it('finds that there is no app', async () => {
    resourceManager.resources.clear();
    expect(await check()).toMatchObject({ status: 'wrong', seen: 'there is no such app' });
  });

  it('says nothing of what it may not see, and asks for nothing without an id', async () => {
    resourceManager.fault = always({ kind: 'response', status: 403 });
    expect(await check()).toMatchObject({ status: 'skipped', seen: 'you may not see how the app is set up' });
    expect(await check('')).toMatchObject({ status: 'skipped', seen: 'FUNCTION_APP_ID is not set' });
    scale({});
    resourceManager.fault = undefined;
    expect(await check()).toMatchObject({ status: 'skipped', seen: 'no limit is shown' });
  });
});
