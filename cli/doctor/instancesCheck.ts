import { asObject } from '../../shared/kit/json.ts';
import type { AzureService } from '../azure/signIn.ts';
import { type Check, ok, skipped, unset, wrong } from './check.ts';
import { readResource } from './readResource.ts';

/** On how many instances the app may run, and in how many order is certain: one. */
export function instancesCheck(api: AzureService, appId: string | undefined): Check {
  return {
    name: 'the app runs on one instance',
    async run() {
      if (!appId) return unset('FUNCTION_APP_ID', 'the resource id of the app');
      const resource = await readResource(api, `${appId}?api-version=2024-04-01`, 'how the app is set up');
      if (resource === 'missing') return wrong('there is no such app', 'Run azd provision --no-state.');
      if ('status' in resource) return resource;
      const { functionAppConfig } = asObject(resource.json.properties);
      const { maximumInstanceCount, alwaysReady } = asObject(asObject(functionAppConfig).scaleAndConcurrency);
      if (Array.isArray(alwaysReady) && alwaysReady.length > 0) {
        return wrong('instances that are always ready come on top', 'Run azd provision --no-state.');
      }
      if (maximumInstanceCount === 1) return ok('one at most');
      if (typeof maximumInstanceCount !== 'number') {
        return skipped('no limit is shown', 'See docs/faults.md, "What stays open".');
      }
      // As some regions want it: no fault, but somebody should know.
      return ok(`${maximumInstanceCount} at most; docs/faults.md, "What stays open", says what that costs`);
    },
  };
}
