import type { RegisteredFunction } from './functionsCore.ts';
import { triggerOf } from './worker.ts';

/** A queue or topic behind a named connection. */
export type EntityAddress = { readonly connection: string; readonly entity: string };

/** A function that a Service Bus queue with sessions triggers, with every name resolved. */
export type QueueFunction = {
  readonly name: string;
  readonly trigger: EntityAddress;
  /** Whether the host completes a message whose invocation succeeded; the binding alone says so. */
  readonly autoCompleteMessages: boolean;
  /** Where each output goes, by binding name; `$return` for what the function returns. */
  readonly outputs: ReadonlyMap<string, EntityAddress>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves the bindings of the registered functions: `%NAME%` in the names of queues and topics, from the environment.
 *
 * @returns the functions, and a sentence on whatever is missing or not supported
 */
export function resolveBindings(
  functions: readonly RegisteredFunction[],
  environment: Environment,
): { queueFunctions: QueueFunction[]; problems: string[] } {
  const problems: string[] = [];
  const queueFunctions: QueueFunction[] = [];

  const address = (functionName: string, { queueName, topicName, connection }: Record<string, unknown>) => {
    const name = String(queueName ?? topicName ?? '');
    const entity = substitute(name, environment, (missing) =>
      problems.push(
        `${missing} is not set. Function "${functionName}" needs it for the name "${name}": set it in local.settings.json or in the environment.`,
      ),
    );
    return { connection: String(connection || 'AzureWebJobsServiceBus'), entity };
  };

  for (const registered of functions) {
    const { name, bindings } = registered;
    const { binding } = triggerOf(registered);
    if (binding.type.toLowerCase() !== 'servicebustrigger' || !binding.queueName) {
      problems.push(`Function "${name}" has a ${binding.type}; this host serves queues of Service Bus only.`);
      continue;
    }
    if (binding.isSessionsEnabled !== true) {
      problems.push(
        `Function "${name}" has a queue without sessions; this host serves queues with sessions only. Set isSessionsEnabled.`,
      );
      continue;
    }
    const outputs = new Map<string, EntityAddress>();
    for (const [bindingName, output] of Object.entries(bindings)) {
      if (output.direction !== 'out') continue;
      if (output.type.toLowerCase() === 'servicebus') outputs.set(bindingName, address(name, output));
      else
        problems.push(
          `Function "${name}" has an output of type ${output.type}; this host sends to Service Bus only.`,
        );
    }
    queueFunctions.push({
      name,
      trigger: address(name, binding),
      autoCompleteMessages: binding.autoCompleteMessages !== false,
      outputs,
    });
  }
  return { queueFunctions, problems };
}

function substitute(text: string, environment: Environment, onMissing: (name: string) => void): string {
  return text.replace(/%([^%]+)%/g, (whole, name: string) => {
    const value = environment[name];
    if (!value) onMissing(name);
    return value || whole;
  });
}
