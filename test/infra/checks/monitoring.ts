import alertsTemplate from '../../../operations/alerts.json' with { type: 'json' };
import workbook from '../../../operations/workbook.json' with { type: 'json' };
import { type Properties, propertiesOf, resourcesOf, type Snapshot, settingsOf } from '../snapshot.ts';
import { problemsIn } from './problems.ts';

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
    if (['Workspace', 'ServiceBusNamespace'].includes(parameter.name)) delete parameter.value;
  }
  return problemsIn({
    'The workbook does not show the workspace.':
      chosen.Workspace !== snapshot.outputs.LOG_ANALYTICS_WORKSPACE_ID,
    'The workbook does not show the namespace.':
      chosen.ServiceBusNamespace !== snapshot.outputs.SERVICE_BUS_NAMESPACE_ID,
    'The workbook is not operations/workbook.json.': JSON.stringify(definition) !== JSON.stringify(workbook),
  });
}

function alertProblems(snapshot: Snapshot): string[] {
  const [actionGroup] = resourcesOf(snapshot, 'Microsoft.Insights/actionGroups');
  const rules = [
    ...propertiesOf(snapshot, 'Microsoft.Insights/scheduledQueryRules'),
    ...propertiesOf(snapshot, 'Microsoft.Insights/metricAlerts'),
  ];
  const expected = alertsTemplate.resources.map(({ name }) => /, '(-.+)'\)]$/.exec(name)?.[1] ?? name);
  return [
    ...expected
      .filter((suffix) => !rules.some(({ name }) => name.endsWith(suffix)))
      .map((suffix) => `There is no alert ${suffix.slice(1)}.`),
    ...rules
      .filter(({ properties }) => actionGroupsOf(properties).join() !== actionGroup?.id)
      .map(({ name }) => `${name} does not tell the action group.`),
    ...propertiesOf(snapshot, 'Microsoft.Insights/scheduledQueryRules').flatMap(({ name, properties }) =>
      problemsIn({
        [`${name} does not ask the workspace.`]:
          properties.scopes?.join() !== snapshot.outputs.LOG_ANALYTICS_WORKSPACE_ID,
        [`${name} fails on a new workspace.`]: properties.skipQueryValidation !== true,
      }),
    ),
    ...propertiesOf(snapshot, 'Microsoft.Insights/metricAlerts')
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
