/** A custom event, as the workspace has it. */
export type RecordedEvent = {
  /** ISO 8601. */
  readonly time: string;
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly measurements: Readonly<Record<string, number>>;
};

/** A table of a response. */
export type Table = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
};

const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const NEWEST = /^AppEvents\s*\|\s*where Name == "(\w+)"[^|]*\|\s*summarize (\w+) = max\(TimeGenerated\)\s*$/;
const SELECTED = new RegExp(
  `^AppEvents\\s*\\|\\s*where Name in \\(([\\w", ]+)\\)[^|]*\\|\\s*where tostring\\(Properties\\.(\\w+)\\) in \\((${STRING}(?:, ${STRING})*)\\)\\s*` +
    '\\|\\s*top (\\d+) by TimeGenerated desc\\s*\\|\\s*project TimeGenerated, Name, Properties, Measurements\\s*$',
);

/**
 * The questions that the stand-in understands: when the newest event of a name was recorded, and the events with a
 * property.
 *
 * @returns undefined for any other query
 */
export function askEvents(query: string, events: readonly RecordedEvent[]): Table | undefined {
  return askNewest(query, events) ?? askSelected(query, events);
}

function askNewest(query: string, events: readonly RecordedEvent[]): Table | undefined {
  const [, name, column] = NEWEST.exec(query) ?? [];
  if (name === undefined || column === undefined) return undefined;
  const times = events.filter((event) => event.name === name).map(({ time }) => time);
  return {
    columns: [{ name: column, type: 'datetime' }],
    rows: [[times.toSorted().at(-1) ?? null]],
  };
}

function askSelected(query: string, events: readonly RecordedEvent[]): Table | undefined {
  const [, names, property, values, top] = SELECTED.exec(query) ?? [];
  if (names === undefined || property === undefined || values === undefined) return undefined;
  const wantedNames: string[] = JSON.parse(`[${names}]`);
  const wantedValues: string[] = JSON.parse(`[${values}]`);
  const rows = events
    .filter(
      ({ name, properties }) =>
        wantedNames.includes(name) && wantedValues.includes(properties[property] ?? ''),
    )
    .toSorted((one, other) => other.time.localeCompare(one.time))
    .slice(0, Number(top))
    // Dynamic values come as texts.
    .map(({ time, name, properties, measurements }) => [
      time,
      name,
      JSON.stringify(properties),
      JSON.stringify(measurements),
    ]);
  const columns = [
    { name: 'TimeGenerated', type: 'datetime' },
    { name: 'Name', type: 'string' },
    { name: 'Properties', type: 'dynamic' },
    { name: 'Measurements', type: 'dynamic' },
  ];
  return { columns, rows };
}
