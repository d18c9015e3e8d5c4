import { UnreachableError } from '../command/errors.ts';
import type { Namespace } from '../serviceBus/namespace.ts';
import { isMissing, isUnauthorized } from '../serviceBus/problem.ts';
import { type Check, type Finding, ok, skipped, wrong } from './check.ts';

/** What the caller may do with the requests queue and the results. */
export function callerChecks(namespace: Namespace): Check[] {
  const { requestsQueue, resultsTopic, results } = namespace;
  return [
    {
      name: 'you may send requests',
      run: () =>
        tryIt(() => namespace.openSender(), {
          what: `queue ${requestsQueue}`,
          variable: 'REQUESTS_QUEUE',
          role: 'Azure Service Bus Data Sender',
          parameter: 'REQUESTERS',
          users: 'requesters',
        }),
    },
    {
      name: 'you may read results',
      run: () =>
        tryIt(() => namespace.peek(results).next(), {
          what: `subscription ${results.name} of the topic ${resultsTopic}`,
          variable: 'RESULTS_TOPIC',
          role: 'Azure Service Bus Data Receiver',
          parameter: `READERS, as ${results.name}=PRINCIPAL_ID`,
          users: 'its readers',
        }),
    },
  ];
}

async function tryIt(
  operation: () => Promise<unknown>,
  {
    what,
    variable,
    role,
    parameter,
    users,
  }: Record<'what' | 'variable' | 'role' | 'parameter' | 'users', string>,
): Promise<Finding> {
  try {
    await operation();
    return ok(what);
  } catch (error) {
    if (isMissing(error)) {
      return wrong(`there is no ${what}`, `Run azd provision --no-state, or set ${variable} to its name.`);
    }
    if (isUnauthorized(error)) {
      return skipped(
        `you may not use the ${what}, which only ${users} need`,
        `To do it yourself, ask for the role ${role} on it, or add your principal id to ${parameter}, and run azd provision. A new role takes some minutes to have effect.`,
      );
    }
    if (error instanceof UnreachableError) return wrong(error.message, 'Then run npx epc doctor again.');
    throw error;
  }
}
