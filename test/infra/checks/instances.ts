import { propertiesOf, type Snapshot } from '../snapshot.ts';
import { problemsIn } from './problems.ts';

/** One app on Node 24 that never has a second instance: docs/faults.md says what that is for. */
export function instanceProblems(snapshot: Snapshot): string[] {
  const apps = propertiesOf(snapshot, 'Microsoft.Web/sites');
  if (apps.length !== 1) return [`There are ${apps.length} apps.`];
  return apps.flatMap(({ properties: { functionAppConfig } }) =>
    problemsIn({
      'The app may have more than one instance.':
        functionAppConfig?.scaleAndConcurrency.maximumInstanceCount !== 1,
      'Instances that are always ready come on top of that one.':
        (functionAppConfig?.scaleAndConcurrency.alwaysReady ?? []).length > 0,
      'The app does not run on Node 24.':
        functionAppConfig?.runtime.name !== 'node' || functionAppConfig.runtime.version !== '24',
    }),
  );
}
