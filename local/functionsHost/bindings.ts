import { type RegisteredFunction, triggerOf } from './worker.ts';

/** A queue behind a named connection. */
export type QueueAddress = { readonly connection: string; readonly queue: string };

/** A function that a Service Bus queue triggers, with every name resolved. */
export type QueueFunction = {
  readonly name: string;
  readonly trigger: QueueAddress & { readonly isSessionsEnabled: boolean };
  /** Where each output goes, by binding name; `$return` for what the function returns. */
  readonly outputs: ReadonlyMap<string, QueueAddress>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves the bindings of the registered functions: `%NAME%` in queue names, from the environment.
 *
 * @returns the queue functions, and a sentence on whatever is missing or not supported
 */
export function resolveBindings(
  functions: readonly RegisteredFunction[],
  environment: Environment,
): { queueFunctions: QueueFunction[]; problems: string[] } {
  const problems: string[] = [];
  const queueFunctions: QueueFunction[] = [];

  const address = (functionName: string, { queueName, topicName, connection }: Record<string, unknown>) => {
    const queue = substitute(String(queueName ?? topicName ?? ''), environment, (missing) =>
      problems.push(
        `${missing} is not set. Function "${functionName}" needs it for the queue name "${queueName ?? topicName}": set it in local.settings.json or in the environment.`,
      ),
    );
    return { connection: String(connection || 'AzureWebJobsServiceBus'), queue };
  };

  for (const registered of functions) {
    const { name, bindings } = registered;
    const { binding } = triggerOf(registered);
    if (binding.type.toLowerCase() !== 'servicebustrigger' || !binding.queueName) {
      problems.push(
        `Function "${name}" has a ${binding.type} that this host cannot pump; it pumps Service Bus queues only.`,
      );
      continue;
    }
    const outputs = new Map<string, QueueAddress>();
    for (const [bindingName, output] of Object.entries(bindings)) {
      if (output.direction !== 'out') continue;
      if (output.type.toLowerCase() === 'servicebus') outputs.set(bindingName, address(name, output));
      else
        problems.push(
          `Function "${name}" has an output of type ${output.type}; this host sends to Service Bus only.`,
        );
    }
    const trigger = { ...address(name, binding), isSessionsEnabled: binding.isSessionsEnabled === true };
    queueFunctions.push({ name, trigger, outputs });
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
