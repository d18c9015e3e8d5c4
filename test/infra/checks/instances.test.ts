import { describe } from 'vitest';
import type { Properties } from '../snapshot.ts';
import { expectEachToBeFound, withAnother, withChanged } from '../wrongInstallation.ts';
import { instanceProblems } from './instances.ts';

describe('a second instance is found:', () => {
  const sites = 'Microsoft.Web/sites';
  const scaling = (properties: Properties) => {
    if (properties.functionAppConfig === undefined) throw new Error('not on Flex Consumption');
    return properties.functionAppConfig;
  };
  expectEachToBeFound(instanceProblems, [
    [
      'two at most',
      withChanged(sites, (properties) => {
        scaling(properties).scaleAndConcurrency.maximumInstanceCount = 2;
      }),
      'more or fewer instances than 1',
    ],
    [
      'no limit',
      withChanged(sites, (properties) => {
        delete scaling(properties).scaleAndConcurrency.maximumInstanceCount;
      }),
      'more or fewer instances than 1',
    ],
    [
      'one that is always ready',
      withChanged(sites, (properties) => {
        scaling(properties).scaleAndConcurrency.alwaysReady = [{ instanceCount: 1 }];
      }),
      'always ready',
    ],
    ['a second app', withAnother({ id: 'second', type: sites, name: 'second' }), 'There are 2 apps.'],
    [
      'another Node',
      withChanged(sites, (properties) => {
        scaling(properties).runtime.version = '20';
      }),
      'Node 24',
    ],
  ]);
});
