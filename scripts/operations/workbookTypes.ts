/**
 * What is used of the format of workbooks, so that the compiler checks it: Azure takes any text. Source: the JSON
 * schema of Microsoft's repository Application-Insights-Workbooks, and workbooks in its gallery.
 */
export type Workbook = {
  readonly version: 'Notebook/1.0';
  readonly items: readonly Item[];
  readonly fallbackResourceIds: readonly string[];
  readonly $schema: string;
};

export type Item = (
  | { readonly type: 1; readonly content: { readonly json: string } }
  | { readonly type: 3; readonly content: QueryContent }
  | { readonly type: 9; readonly content: ParametersContent }
  | { readonly type: 10; readonly content: MetricsContent }
) & { readonly name: string; readonly customWidth?: string };

export type QueryContent = QuerySettings & {
  readonly version: 'KqlItem/1.0';
  readonly query: string;
  readonly timeContextFromParameter: string;
  /** 0: Log Analytics. */
  readonly queryType: 0;
  readonly resourceType: string;
  readonly crossComponentResources: readonly string[];
};

/** How the rows of a query are shown. */
export type QuerySettings = {
  /** 0 is medium, 1 small, 4 tiny. */
  readonly size?: 0 | 1 | 4;
  readonly visualization?: 'table' | 'tiles' | 'barchart' | 'timechart';
  readonly showExportToExcel?: boolean;
  readonly gridSettings?: { readonly filter: boolean; readonly rowLimit: number };
  readonly tileSettings?: {
    readonly titleContent: Formatting;
    readonly leftContent: Formatting;
    readonly showBorder: boolean;
  };
  readonly chartSettings?: {
    readonly xAxis: string;
    readonly yAxis: readonly string[];
    readonly ySettings?: { readonly min: number; readonly max: number };
    readonly group?: string;
    readonly createOtherGroup?: number;
  };
};

type Formatting = {
  readonly columnMatch: string;
  /** 1 is text, 12 a big number. */
  readonly formatter: 1 | 12;
  readonly formatOptions?: { readonly palette: string };
};

type ParametersContent = {
  readonly version: 'KqlParameterItem/1.0';
  readonly parameters: readonly Parameter[];
  readonly style: 'pills';
  readonly queryType: 1;
  readonly resourceType: string;
};

export type Parameter = ParameterSettings & {
  readonly id: string;
  readonly version: 'KqlParameterItem/1.0';
  readonly name: string;
  /** 1 is text, 4 a time range, 5 a resource. */
  readonly type: 1 | 4 | 5;
};

export type ParameterSettings = {
  readonly label: string;
  readonly isRequired?: boolean;
  readonly value?: string | { readonly durationMs: number };
  readonly query?: string;
  readonly crossComponentResources?: readonly string[];
  readonly typeSettings?: {
    readonly selectableValues?: readonly { readonly durationMs: number }[];
    readonly allowCustom?: boolean;
    readonly additionalResourceOptions?: readonly string[];
  };
  /** 1: Azure Resource Graph. */
  readonly queryType?: 1;
  readonly resourceType?: string;
};

type MetricsContent = {
  readonly chartId: string;
  readonly version: 'MetricsItem/2.0';
  readonly size: 1;
  readonly title: string;
  /** 2: a line. */
  readonly chartType: 2;
  readonly resourceType: string;
  readonly metricScope: 0;
  readonly resourceParameter: string;
  readonly resourceIds: readonly string[];
  readonly timeContextFromParameter: string;
  readonly metrics: readonly {
    readonly namespace: string;
    readonly metric: string;
    /** 3: Maximum. */
    readonly aggregation: 3;
    readonly splitBy: string;
  }[];
};
