import { type Action, type Actions, type Definition, definition } from './definition.ts';
import { type Context, evaluate, evaluateAll } from './expression.ts';

type Status = 'Succeeded' | 'Failed' | 'TimedOut' | 'Skipped';
type Response = { readonly statusCode: number; readonly body?: unknown };

/** What happened in a run, in order. */
export type Event =
  | { readonly kind: 'call'; readonly action: string; readonly inputs: Record<string, unknown> }
  | { readonly kind: 'wait'; readonly minutes: number };

/**
 * Runs the actions of a workflow once, as Azure Logic Apps do as far as is used here. A wait takes no time.
 *
 * @param respond to a call of the action with a name: the response, or undefined if none comes
 */
export function runWorkflow(
  workflow: unknown,
  {
    triggerBody,
    parameters,
    respond,
  }: {
    triggerBody: object;
    parameters: Readonly<Record<string, unknown>>;
    respond: (action: string) => Response | undefined;
  },
): { events: Event[]; status: Status } {
  const { actions }: Definition = definition.parse(workflow);
  const events: Event[] = [];
  const variables = new Map<string, string>();
  const outputs = new Map<string, unknown>();
  const context: Context = {
    now: new Date(),
    functions: {
      triggerBody: () => triggerBody,
      parameters: (name: string) => parameters[name],
      outputs: (name: string) => outputs.get(name),
      variables: (name: string) => {
        if (!variables.has(name)) throw new Error(`There is no variable ${name}.`);
        return variables.get(name);
      },
    },
  };

  function runAll(all: Actions): Status {
    const statuses = new Map<string, Status>();
    const waiting = new Map(Object.entries(all));
    while (waiting.size > 0) {
      const next = [...waiting].find(([, { runAfter }]) =>
        Object.keys(runAfter).every((name) => statuses.has(name)),
      );
      if (!next) throw new Error(`Nothing comes before ${[...waiting.keys()]}.`);
      const [name, action] = next;
      waiting.delete(name);
      const isDue = Object.entries(action.runAfter).every(([before, wanted]) =>
        wanted.includes(statuses.get(before) ?? ''),
      );
      statuses.set(name, isDue ? runOne(name, action) : 'Skipped');
    }
    return endOf(all, statuses);
  }

  function runOne(name: string, action: Action): Status {
    const inputs = evaluateAll(action.inputs, context) as Record<string, unknown>;
    switch (action.type) {
      case 'Compose':
        outputs.set(name, inputs);
        return 'Succeeded';
      case 'InitializeVariable':
        for (const variable of inputs.variables as { name: string; value: string }[])
          variables.set(variable.name, variable.value);
        return 'Succeeded';
      case 'SetVariable':
        variables.set(String(inputs.name), String(inputs.value));
        return 'Succeeded';
      case 'Wait':
        events.push({ kind: 'wait', minutes: (inputs.interval as { count: number }).count });
        return 'Succeeded';
      case 'Http':
      case 'ApiConnection': {
        events.push({ kind: 'call', action: name, inputs });
        const response = respond(name);
        outputs.set(name, response);
        return response && response.statusCode < 300 ? 'Succeeded' : 'Failed';
      }
      case 'If': {
        const { equals } = action.expression as { equals: [string, unknown] };
        const holds = evaluate(equals[0], context) === equals[1];
        return runAll((holds ? action.actions : action.else?.actions) ?? {});
      }
      case 'Until': {
        const { expression, limit } = action as unknown as { expression: string; limit: { count: number } };
        for (let count = 0; count < limit.count; count++) {
          runAll(action.actions ?? {});
          if (evaluate(expression, context) === true) return 'Succeeded';
        }
        return 'Failed';
      }
      default:
        throw new Error(`Nothing here runs ${action.type}.`);
    }
  }

  return { events, status: runAll(actions) };
}

/** A scope has failed if one of its last actions has; a failure that another action follows is dealt with. */
function endOf(all: Actions, statuses: ReadonlyMap<string, Status>): Status {
  const followed = new Set(Object.values(all).flatMap(({ runAfter }) => Object.keys(runAfter)));
  return [...statuses].some(([name, status]) => status === 'Failed' && !followed.has(name))
    ? 'Failed'
    : 'Succeeded';
}
