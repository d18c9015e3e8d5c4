import { describe } from 'vitest';
import { expectEachToBeFound, withChanged, without } from '../wrongInstallation.ts';
import { monitoringProblems } from './monitoring.ts';

describe('what is not watched is found:', () => {
  const rules = 'Microsoft.Insights/scheduledQueryRules';
  const metrics = 'Microsoft.Insights/metricAlerts';
  expectEachToBeFound(monitoringProblems, [
    ['no workbook', without(({ type }) => type === 'Microsoft.Insights/workbooks'), 'not one workbook'],
    [
      'a workbook that asks which workspace',
      withChanged('Microsoft.Insights/workbooks', (properties) => {
        properties.serializedData = properties.serializedData?.replace(/,"value":"[^"]*log-\w+"/, '') ?? '';
      }),
      'does not show the workspace',
    ],
    [
      'a workbook of another time',
      withChanged('Microsoft.Insights/workbooks', (properties) => {
        properties.serializedData = properties.serializedData?.replace('AppEvents', 'customEvents') ?? '';
      }),
      'The workbook is not operations/workbook.json.',
    ],
    ['no alert', without(({ name }) => name.endsWith('-requests-wait')), 'There is no alert requests-wait.'],
    [
      'an alert that tells nobody',
      withChanged(rules, (properties) => {
        properties.actions = { actionGroups: [] };
      }),
      'does not tell the action group',
    ],
    [
      'a metric alert that tells nobody',
      withChanged(metrics, (properties) => {
        properties.actions = [];
      }),
      'does not tell the action group',
    ],
    [
      'an alert that cannot be made in a new workspace',
      withChanged(rules, (properties) => {
        delete properties.skipQueryValidation;
      }),
      'fails on a new workspace',
    ],
    [
      'an alert on another workspace',
      withChanged(rules, (properties) => {
        properties.scopes = ['/subscriptions/s'];
      }),
      'does not ask the workspace',
    ],
    [
      'an alert on every app of the workspace',
      withChanged(rules, ({ criteria }) => {
        for (const condition of criteria?.allOf ?? []) {
          condition.query = condition.query?.replace(/let component = ".+";/, 'let component = "*";') ?? '';
        }
      }),
      'looks at every app that shares the workspace',
    ],
    [
      'an alert that does not say what to do',
      withChanged(metrics, (properties) => {
        properties.description = 'There are dead letters.';
      }),
      'does not say what to do',
    ],
    [
      'a workbook of every app of the workspace',
      withChanged('Microsoft.Insights/workbooks', (properties) => {
        properties.serializedData = properties.serializedData?.replace(/,"value":"[^"]*appi-\w+"/, '') ?? '';
      }),
      'does not show the Application Insights',
    ],
    [
      'an alert on another namespace',
      withChanged(metrics, (properties) => {
        properties.scopes = ['/subscriptions/s'];
      }),
      'does not look at the namespace',
    ],
    [
      'dead letters of the topic',
      withChanged(metrics, ({ criteria }) => {
        for (const { dimensions = [] } of criteria?.allOf ?? []) {
          for (const dimension of dimensions) dimension.values = dimension.values.slice(0, 1);
        }
      }),
      'No alert watches the dead letters of external-partner-results.',
    ],
  ]);
});
