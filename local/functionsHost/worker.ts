import { randomUUID } from 'node:crypto';
import { copyBodyProperties } from './bodyProperties.ts';
import { loadEntryPoints } from './entryPoints.ts';
import {
  type CoreInvocationContext,
  type FunctionsCore,
  type HookCallback,
  type HookName,
  type ProgrammingModel,
  provideFunctionsCore,
  type RegisteredFunction,
} from './functionsCore.ts';
import {
  type RpcBindingInfo,
  type RpcInvocationResponse,
  type RpcLogCategory,
  type RpcLogLevel,
  type RpcTraceContext,
  type RpcTypedData,
  toRpc,
} from './rpc.ts';

/** One line of the app or of the worker. */
export type WorkerLog = {
  readonly level: RpcLogLevel;
  /** `user` for `context.log`, `system` for the worker and the library. */
  readonly category: RpcLogCategory;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
};

/** What a trigger hands over. */
export type Invocation = {
  /** The body of the message. The function gets it as a `Buffer` with `dataType: 'binary'`, else as text. */
  readonly body: Uint8Array;
  /** Trigger metadata under the names of the extension (`MessageId`), before the library changes them. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly traceContext?: RpcTraceContext;
  /** Default: a new GUID. */
  readonly invocationId?: string;
};

/** What the function gives back, on its way to the host. */
export type InvocationOutput = {
  readonly invocationId: string;
  /** The value for the `$return` binding, or what the function returned if it has none. */
  readonly returnValue: RpcTypedData | undefined;
  /** The values for all other output bindings, by binding name. */
  readonly outputs: Readonly<Record<string, RpcTypedData>>;
};

/** A loaded app. */
export type Worker = {
  readonly functions: readonly RegisteredFunction[];
  /** Runs a function. Rejects with whatever it threw. */
  invoke(functionName: string, invocation: Invocation): Promise<InvocationOutput>;
  /** Runs the `appTerminate` hooks. It does not wait for invocations: that is the host's part. */
  terminate(): Promise<void>;
};

/**
 * Loads an app as the Functions Node.js worker does, without gRPC: provides `@azure/functions-core`, makes the
 * app's root the working directory, loads what `main` of package.json names, runs the `appStart` hooks.
 * A process can hold one app, as the library is one per process too.
 *
 * @param log gets every line of the app and the library; it must not throw
 */
export async function startWorker({
  appRoot,
  log,
}: {
  appRoot: string;
  log: (entry: WorkerLog) => void;
}): Promise<Worker> {
  const functions = new Map<string, RegisteredFunction>();
  const hooks: Record<HookName, HookCallback[]> = { appStart: [], appTerminate: [] };
  const appHookData = {};
  const hookData = {};
  let model: ProgrammingModel | undefined;
  let started = false;

  const assertStarting = (what: string) => {
    if (started) throw new Error(`A function can only be ${what} during app startup.`);
  };

  const core: FunctionsCore = {
    registerFunction(registered) {
      assertStarting('registered');
      if (functions.has(registered.name)) {
        throw new Error(`A function with the name "${registered.name}" has already been registered.`);
      }
      functions.set(registered.name, registered);
      return () => {
        assertStarting('disposed');
        functions.delete(registered.name);
      };
    },
    registerHook(name, callback) {
      hooks[name].push(callback);
      return () => {
        hooks[name] = hooks[name].filter((other) => other !== callback);
      };
    },
    setProgrammingModel(next) {
      model = next;
    },
    getProgrammingModel: () => model,
    log: (level, category, message) => log({ level, category, message }),
  };

  async function runHooks(name: HookName, context: object): Promise<void> {
    for (const hook of hooks[name]) await hook(context);
  }

  provideFunctionsCore(core);
  process.chdir(appRoot);
  await loadEntryPoints(appRoot);
  if (!model) {
    throw new Error(
      'The app did not register anything with @azure/functions. If it is bundled as an ES module, "@azure/functions-core" must stay external and be reached by a real require (createRequire).',
    );
  }
  await model.getCapabilities?.({});
  await runHooks('appStart', { hookData, appHookData, functionAppDirectory: appRoot });
  started = true;

  async function invoke(functionName: string, invocation: Invocation): Promise<InvocationOutput> {
    const registered = functions.get(functionName);
    if (!registered || !model) throw new Error(`Function "${functionName}" is not loaded.`);
    const invocationId = invocation.invocationId ?? randomUUID();
    const coreContext: CoreInvocationContext = {
      invocationId,
      request: {
        invocationId,
        functionId: functionName,
        ...toRequest(registered, invocation),
      },
      metadata: { name: functionName, bindings: registered.bindings },
      log: (level, category, message) => log({ level, category, message, functionName, invocationId }),
    };

    const invocationModel = await model.getInvocationModel(coreContext);
    const { context, inputs } = await invocationModel.getArguments();
    coreContext.state = 'invocation';
    let result: unknown;
    try {
      result = await invocationModel.invokeFunction(context, inputs, registered.callback);
    } catch (error) {
      // The worker takes "nothing" for "no error": `throw undefined` succeeds there too.
      if (error !== undefined && error !== null) throw error;
    }
    coreContext.state = undefined;
    return toOutput(invocationId, await invocationModel.getResponse(context, result));
  }

  return {
    functions: [...functions.values()],
    invoke,
    terminate: () => runHooks('appTerminate', { hookData, appHookData }),
  };
}

/** A function by its name and bindings, whoever calls it. */
type FunctionBindings = Pick<RegisteredFunction, 'name' | 'bindings'>;

/** The trigger binding of a function, with its name. */
export function triggerOf({ name, bindings }: FunctionBindings): { name: string; binding: RpcBindingInfo } {
  for (const [bindingName, binding] of Object.entries(bindings)) {
    if (/trigger$/i.test(binding.type)) return { name: bindingName, binding };
  }
  throw new Error(`Function "${name}" has no trigger.`);
}

/** What a trigger hands over, as the host sends it to the worker. */
export function toRequest(registered: FunctionBindings, invocation: Invocation) {
  const { name, binding } = triggerOf(registered);
  const isBinary = binding.dataType?.toLowerCase() === 'binary';
  const text = isBinary ? undefined : Buffer.from(invocation.body).toString('utf8');
  const metadata = text === undefined ? invocation.metadata : copyBodyProperties(text, invocation.metadata);

  const triggerMetadata: Record<string, RpcTypedData> = {};
  for (const [key, value] of Object.entries(metadata)) {
    const data = toRpc(value);
    if (data) triggerMetadata[key] = data;
  }
  return {
    inputData: [{ name, data: text === undefined ? { bytes: invocation.body } : { string: text } }],
    triggerMetadata,
    ...(invocation.traceContext && { traceContext: invocation.traceContext }),
  };
}

function toOutput(invocationId: string, response: RpcInvocationResponse): InvocationOutput {
  const outputs = (response.outputData ?? []).map(({ name, data }) => [name, data] as const);
  return {
    invocationId,
    returnValue: response.returnValue ?? undefined,
    outputs: Object.fromEntries(outputs),
  };
}
