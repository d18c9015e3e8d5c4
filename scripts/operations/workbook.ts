import { createHash } from 'node:crypto';
import { readQuery, withParameters } from './queries.ts';
import type { Item, Parameter, ParameterSettings, QuerySettings, Workbook } from './workbookTypes.ts';

/** What the workbook's own parameters give to the queries. */
const parameterValues = {
  since: '{TimeRange:start}',
  step: '{TimeRange:grain}',
  partner: '"{externalPartnerId}"',
  ticket: '"{ticket}"',
  component: '"{ApplicationInsights}"',
  objective: '{objectiveMinutes}m',
};

/** A workbook of Azure Monitor, to be pasted into its advanced editor. */
export function workbook(): Workbook {
  return {
    version: 'Notebook/1.0',
    items: [
      markdown('title', '# External partner connections\n\nWhat was asked, what came of it, and what waits.'),
      parameters(),
      ...question('how-requests-end', { size: 4, ...tiles('outcome', 'requests') }),
      ...question('how-requests-end-over-time', barchart('outcome', 'events')),
      ...question('how-many-requests-were-done-in-time', {
        visualization: 'timechart',
        chartSettings: { xAxis: 'TimeGenerated', yAxis: ['percentInTime'], ySettings: { min: 0, max: 100 } },
      }),
      ...question('how-long-requests-wait', { visualization: 'timechart' }),
      ...question('what-changed-for-this-partner', table),
      ...question('which-partners-were-changed-elsewhere', table),
      ...question('what-failed-and-why', table),
      ...question('which-requests-have-no-result', table),
      ...question('which-windows-are-overdue', table),
      ...metrics('Requests that wait in the queue', 'ActiveMessages'),
      ...metrics('Dead letters', 'DeadletteredMessages'),
      ...question('which-enabled-partners-have-no-heartbeat', table),
      ...question('how-graph-responds', table),
      ...question('what-happened-to-this-request', table),
    ],
    fallbackResourceIds: ['Azure Monitor'],
    $schema: 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json',
  };
}

const table: QuerySettings = {
  visualization: 'table',
  showExportToExcel: true,
  gridSettings: { filter: true, rowLimit: 1000 },
};

function tiles(title: string, value: string): QuerySettings {
  return {
    visualization: 'tiles',
    tileSettings: {
      titleContent: { columnMatch: title, formatter: 1 },
      leftContent: { columnMatch: value, formatter: 12, formatOptions: { palette: 'auto' } },
      showBorder: true,
    },
  };
}

function barchart(group: string, value: string): QuerySettings {
  return {
    visualization: 'barchart',
    chartSettings: { xAxis: 'TimeGenerated', yAxis: [value], group, createOtherGroup: 10 },
  };
}

function parameters(): Item {
  const parameter = (name: string, type: Parameter['type'], more: ParameterSettings): Parameter => ({
    id: idOf(name),
    version: 'KqlParameterItem/1.0',
    name,
    type,
    ...more,
  });
  const resource = (type: string): Omit<ParameterSettings, 'label'> => ({
    isRequired: true,
    query: `resources | where type =~ "${type}" | project id`,
    crossComponentResources: ['value::all'],
    typeSettings: { additionalResourceOptions: ['value::1'] },
    queryType: 1,
    resourceType: 'microsoft.resourcegraph/resources',
  });
  const days = (count: number) => ({ durationMs: count * 24 * 60 * 60 * 1000 });
  return {
    type: 9,
    content: {
      version: 'KqlParameterItem/1.0',
      parameters: [
        parameter('TimeRange', 4, {
          label: 'Time range',
          isRequired: true,
          value: days(7),
          typeSettings: { selectableValues: [1, 7, 30, 90].map(days), allowCustom: true },
        }),
        parameter('Workspace', 5, {
          label: 'Log Analytics workspace',
          ...resource('microsoft.operationalinsights/workspaces'),
        }),
        parameter('ApplicationInsights', 5, {
          label: 'Application Insights',
          ...resource('microsoft.insights/components'),
        }),
        parameter('ServiceBusNamespace', 5, {
          label: 'Service Bus namespace',
          ...resource('microsoft.servicebus/namespaces'),
        }),
        parameter('objectiveMinutes', 1, { label: 'Objective in minutes', isRequired: true, value: '5' }),
        parameter('externalPartnerId', 1, { label: 'externalPartnerId, * for all', value: '*' }),
        parameter('ticket', 1, { label: 'reference or MessageId', value: '*' }),
      ],
      style: 'pills',
      queryType: 1,
      resourceType: 'microsoft.resourcegraph/resources',
    },
    name: 'parameters',
  };
}

function markdown(name: string, json: string): Item {
  return { type: 1, content: { json }, name };
}

/** The question, what there is to know about its rows, and the rows. */
function question(name: string, settings: QuerySettings): Item[] {
  const { title, notes, text } = readQuery(`queries/${name}`);
  return [
    markdown(`about ${name}`, [`## ${title}`, notes].filter(Boolean).join('\n\n')),
    {
      type: 3,
      content: {
        version: 'KqlItem/1.0',
        query: withParameters(text, parameterValues),
        size: 0,
        timeContextFromParameter: 'TimeRange',
        queryType: 0,
        resourceType: 'microsoft.operationalinsights/workspaces',
        crossComponentResources: ['{Workspace}'],
        ...settings,
      },
      name,
    },
  ];
}

function metrics(title: string, metric: string): Item[] {
  const namespace = 'microsoft.servicebus/namespaces';
  return [
    {
      type: 10,
      content: {
        chartId: idOf(metric),
        version: 'MetricsItem/2.0',
        size: 1,
        title,
        chartType: 2,
        resourceType: namespace,
        metricScope: 0,
        resourceParameter: 'ServiceBusNamespace',
        resourceIds: ['{ServiceBusNamespace}'],
        timeContextFromParameter: 'TimeRange',
        metrics: [{ namespace, metric: `${namespace}--${metric}`, aggregation: 3, splitBy: 'EntityName' }],
      },
      customWidth: '50',
      name: metric,
    },
  ];
}

/** An id that stays the same each time the workbook is made. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}
