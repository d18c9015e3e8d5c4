import { propertiesOf, type Snapshot } from '../snapshot.ts';
import { problemsIn } from './problems.ts';

/** One app on Node 24 with as many instances as it is meant to have: docs/faults.md says why that is one. */
export function instanceProblems(snapshot: Snapshot, maximumInstanceCount = 1): string[] {
  const apps = propertiesOf(snapshot, 'Microsoft.Web/sites');
  if (apps.length !== 1) return [`There are ${apps.length} apps.`];
  return apps.flatMap(({ properties: { functionAppConfig } }) =>
    problemsIn({
      [`The app may have more or fewer instances than ${maximumInstanceCount}.`]:
        functionAppConfig?.scaleAndConcurrency.maximumInstanceCount !== maximumInstanceCount,
      'Instances that are always ready come on top of those.':
        (functionAppConfig?.scaleAndConcurrency.alwaysReady ?? []).length > 0,
      'The app does not run on Node 24.':
        functionAppConfig?.runtime.name !== 'node' || functionAppConfig.runtime.version !== '24',
    }),
  );
}
