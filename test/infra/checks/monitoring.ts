import { globSync } from 'node:fs';
import { basename } from 'node:path';
import workbook from '../../../operations/workbook.json' with { type: 'json' };
import { type Properties, propertiesOf, resourcesOf, type Snapshot, settingsOf } from '../snapshot.ts';
import { problemsIn } from './problems.ts';

/** What only the metrics of Service Bus tell. */
export const METRIC_ALERTS = ['dead-letters', 'requests-wait'];

/** The workbook and the alerts of operations/ are deployed, look at this installation, and tell the action group. */
export function monitoringProblems(snapshot: Snapshot): string[] {
  return [...workbookProblems(snapshot), ...alertProblems(snapshot)];
}

type Workbook = { items: { name: string; content: { parameters?: { name: string; value?: unknown }[] } }[] };

function workbookProblems(snapshot: Snapshot): string[] {
  const [deployed, ...others] = propertiesOf(snapshot, 'Microsoft.Insights/workbooks');
  if (deployed?.properties.serializedData === undefined || others.length > 0)
    return ['There is not one workbook.'];
  const parameters = (definition: Workbook) =>
    definition.items.flatMap(({ content }) => content.parameters ?? []);
  const definition = JSON.parse(deployed.properties.serializedData) as Workbook;
  const chosen = Object.fromEntries(parameters(definition).map(({ name, value }) => [name, value]));
  // Apart from what is chosen, it is the one in operations/.
  for (const parameter of parameters(definition)) {
    if (['Workspace', 'ServiceBusNamespace', 'ApplicationInsights'].includes(parameter.name))
      delete parameter.value;
    if (parameter.name === 'objectiveMinutes') parameter.value = '5';
  }
  return problemsIn({
    'The workbook does not show the workspace.':
      chosen.Workspace !== snapshot.outputs.LOG_ANALYTICS_WORKSPACE_ID,
    'The workbook does not show the namespace.':
      chosen.ServiceBusNamespace !== snapshot.outputs.SERVICE_BUS_NAMESPACE_ID,
    'The workbook does not show the Application Insights of the app.':
      chosen.ApplicationInsights !== snapshot.outputs.APPLICATION_INSIGHTS_ID,
    'The workbook is not operations/workbook.json.': JSON.stringify(definition) !== JSON.stringify(workbook),
  });
}

function alertProblems(snapshot: Snapshot): string[] {
  const [actionGroup] = resourcesOf(snapshot, 'Microsoft.Insights/actionGroups');
  const rules = [
    ...propertiesOf(snapshot, 'Microsoft.Insights/scheduledQueryRules'),
    ...propertiesOf(snapshot, 'Microsoft.Insights/metricAlerts'),
  ];
  const queries = globSync('operations/alerts/*.kql').map((file) => basename(file, '.kql'));
  return [
    ...[...queries, ...METRIC_ALERTS]
      .filter((alert) => !rules.some(({ name }) => name.endsWith(`-${alert}`)))
      .map((alert) => `There is no alert ${alert}.`),
    ...rules
      .filter(({ properties }) => !/First: .+\. Then: \S+\.md(#[a-z-]+)?$/.test(properties.description ?? ''))
      .map(({ name }) => `${name} does not say what to do.`),
    ...rules
      .filter(({ properties }) => actionGroupsOf(properties).join() !== actionGroup?.id)
      .map(({ name }) => `${name} does not tell the action group.`),
    ...propertiesOf(snapshot, 'Microsoft.Insights/scheduledQueryRules').flatMap(({ name, properties }) =>
      problemsIn({
        [`${name} does not ask the workspace.`]:
          properties.scopes?.join() !== snapshot.outputs.LOG_ANALYTICS_WORKSPACE_ID,
        [`${name} fails on a new workspace.`]: properties.skipQueryValidation !== true,
        [`${name} looks at every app that shares the workspace.`]: !properties.criteria?.allOf.every(
          ({ query }) => query?.includes(`let component = "${snapshot.outputs.APPLICATION_INSIGHTS_ID}";`),
        ),
      }),
    ),
    ...propertiesOf(snapshot, 'Microsoft.Insights/metricAlerts')
      .filter(({ name }) => METRIC_ALERTS.some((alert) => name.endsWith(`-${alert}`)))
      .filter(({ properties }) => properties.scopes?.join() !== snapshot.outputs.SERVICE_BUS_NAMESPACE_ID)
      .map(({ name }) => `${name} does not look at the namespace.`),
    ...entityProblems(snapshot),
  ];
}

function actionGroupsOf({ actions }: Properties): string[] {
  if (actions === undefined) return [];
  return Array.isArray(actions)
    ? actions.map(({ actionGroupId }) => actionGroupId)
    : (actions.actionGroups ?? []);
}

function entityProblems(snapshot: Snapshot): string[] {
  const { REQUESTS_QUEUE, RESULTS_TOPIC } = settingsOf(snapshot);
  const rule = propertiesOf(snapshot, 'Microsoft.Insights/metricAlerts').find(({ name }) =>
    name.endsWith('-dead-letters'),
  );
  const entities = rule?.properties.criteria?.allOf.flatMap(({ dimensions = [] }) =>
    dimensions.flatMap(({ values }) => values),
  );
  return [REQUESTS_QUEUE, RESULTS_TOPIC]
    .filter((name) => name === undefined || !entities?.includes(name))
    .map((name) => `No alert watches the dead letters of ${name}.`);
}
