import { createRequire } from 'node:module';

/** The columns of a table and their types, such as `{ Name: 'string' }`. */
export type Columns = Readonly<Record<string, string>>;

/** A value of a dynamic column, such as `Properties.outcome` of AppEvents. */
export type DynamicValue = { readonly table: string; readonly column: string; readonly name: string };

/** A text that a query compares something with. */
export type Comparison = {
  /** What is compared: a column, a value of a dynamic column, or a name from a `let`. */
  readonly name: string;
  /** The table that has the column; undefined for everything else. */
  readonly table: string | undefined;
  /** Such as `==`, `in` or `startswith`. */
  readonly operator: string;
  readonly text: string;
};

export type Analysis = {
  /** What is wrong, for a person to read. */
  readonly problems: readonly string[];
  readonly dynamicValues: readonly DynamicValue[];
  readonly comparisons: readonly Comparison[];
};

// The little that is used of the package. Compiled from C#, it sets globals and describes itself with `any`.
type NamedSymbol = { readonly Name: string };
type Syntax = {
  readonly Expression?: Syntax;
  readonly Selector?: Syntax;
  readonly Left?: Syntax;
  readonly Right?: Syntax;
  readonly Operator?: { readonly Text: string };
  readonly ArgumentList?: Syntax;
  readonly SimpleName?: string;
  readonly ReferencedSymbol?: NamedSymbol | null;
  /** Null for an expression that is not a literal, undefined for what is not an expression. */
  readonly LiteralValue?: unknown;
  WalkNodes(visit: (node: Syntax) => void): void;
};
type Globals = {
  WithDatabase(database: NamedSymbol): Globals;
  GetTable(column: NamedSymbol): NamedSymbol | null;
};
type Diagnostics = {
  readonly Count: number;
  getItem(index: number): { readonly Code: string; readonly Message: string; readonly Start: number };
};
type Language = {
  readonly GlobalState: { readonly Default: Globals };
  readonly KustoCode: {
    ParseAndAnalyze(
      text: string,
      globals: Globals,
    ): { readonly Syntax: Syntax; GetDiagnostics(): Diagnostics };
  };
  readonly Symbols: {
    readonly TableSymbol: {
      readonly $ctor7: new (name: string, schema: string, description: string) => NamedSymbol;
    };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: NamedSymbol[]) => NamedSymbol };
  };
};

/** Kusto's own parser and name resolution, for queries over some tables. Nothing is run. */
export function createKusto(tables: Readonly<Record<string, Columns>>): (query: string) => Analysis {
  const { GlobalState, KustoCode, Symbols } = load();
  const members = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
    return new Symbols.TableSymbol.$ctor7(name, `(${schema.join(', ')})`, '');
  });
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('workspace', members));
  const tableOf = ({ ReferencedSymbol }: Syntax) =>
    ReferencedSymbol ? globals.GetTable(ReferencedSymbol)?.Name : undefined;

  return (query) => {
    const code = KustoCode.ParseAndAnalyze(query, globals);
    const dynamicValues: DynamicValue[] = [];
    const comparisons: Comparison[] = [];
    code.Syntax.WalkNodes(({ Expression, Selector, Left, Right, Operator }) => {
      const table = Expression && tableOf(Expression);
      if (table && Selector) {
        dynamicValues.push({ table, column: nameOf(Expression), name: nameOf(Selector) });
      }
      if (!Left || !Right || !Operator) return;
      for (const [side, other] of [
        [Left, Right],
        [Right, Left],
      ] as const) {
        const compared = argumentOf(side);
        const name = nameOf(compared.Selector ?? compared);
        for (const text of name ? textsIn(other) : []) {
          comparisons.push({ name, table: tableOf(compared), operator: Operator.Text, text });
        }
      }
    });
    const diagnostics = code.GetDiagnostics();
    const problems = Array.from({ length: diagnostics.Count }, (_, index) => {
      const { Code, Message, Start } = diagnostics.getItem(index);
      return `line ${query.slice(0, Start).split('\n').length}: ${Message} (${Code})`;
    });
    return { problems, dynamicValues, comparisons };
  };
}

function load(): Language {
  const require = createRequire(import.meta.url);
  require('@kusto/language-service-next/bridge.min.js');
  require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  return (globalThis as unknown as { Kusto: { Language: Language } }).Kusto.Language;
}

/** The name in `name`, `['name']` and `(name)`; empty where there is none. */
function nameOf(node: Syntax): string {
  if (node.SimpleName !== undefined) return node.SimpleName;
  if (node.Expression && !node.Selector) return nameOf(node.Expression);
  return typeof node.LiteralValue === 'string' ? node.LiteralValue : '';
}

/** What a function such as `tostring` is given, or the node itself. */
function argumentOf(node: Syntax): Syntax {
  if (!node.ArgumentList) return node;
  const [first] = nodesIn(node.ArgumentList).filter(({ LiteralValue }) => LiteralValue !== undefined);
  return first ? argumentOf(first) : node;
}

/** A literal text, or those of a list in brackets. */
function textsIn(node: Syntax): string[] {
  const literals = node.LiteralValue === undefined ? nodesIn(node) : [node];
  return literals.flatMap(({ LiteralValue }) => (typeof LiteralValue === 'string' ? [LiteralValue] : []));
}

function nodesIn(root: Syntax): Syntax[] {
  const nodes: Syntax[] = [];
  root.WalkNodes((node) => nodes.push(node));
  return nodes;
}
