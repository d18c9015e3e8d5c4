import Module from 'node:module';
import type {
  RpcBindingInfo,
  RpcInvocationRequest,
  RpcInvocationResponse,
  RpcLogCategory,
  RpcLogLevel,
} from './rpc.ts';

const CORE_MODULE = '@azure/functions-core';
const CORE_VERSION = '3.12.0';
const HOST_VERSION = '4.1041.0';

export type FunctionCallback = (...args: unknown[]) => unknown;

/** What an app registers: a name, its bindings by name, and the handler. */
export type RegisteredFunction = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, RpcBindingInfo>>;
  readonly callback: FunctionCallback;
};

/** What the library needs to know about one invocation. */
export type CoreInvocationContext = {
  readonly invocationId: string;
  readonly request: RpcInvocationRequest;
  readonly metadata: { readonly name: string; readonly bindings: Readonly<Record<string, RpcBindingInfo>> };
  state?: 'invocation' | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
};

/** The part of `@azure/functions` that turns a request into a call and its result into a response. */
export type InvocationModel = {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<RpcInvocationResponse>;
};

export type ProgrammingModel = {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: object): unknown;
};

/** The hooks that this worker runs; the real one has more. */
export const hookNames = ['appStart', 'appTerminate'] as const;
export type HookName = (typeof hookNames)[number];
export type HookCallback = (context: object) => unknown;

/** What the core module calls: the worker that is running in this process. */
export type FunctionsCore = {
  registerFunction(registered: RegisteredFunction): () => void;
  registerHook(name: HookName, callback: HookCallback): () => void;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
};

/** As in the worker's module: releases something once. */
class Disposable {
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  #release: (() => unknown) | undefined;

  constructor(release: () => unknown) {
    this.#release = release;
  }

  dispose(): unknown {
    const release = this.#release;
    this.#release = undefined;
    return release?.();
  }
}

/** The library keeps the module it was given first, so the process has one, and the worker behind it changes. */
let current: FunctionsCore | undefined;
let installed = false;

function core(): FunctionsCore {
  if (!current) throw new Error(`"${CORE_MODULE}" is used, but no worker runs in this process.`);
  return current;
}

const coreModule = {
  version: CORE_VERSION,
  hostVersion: HOST_VERSION,
  Disposable,
  registerFunction: (metadata: Omit<RegisteredFunction, 'callback'>, callback: FunctionCallback) =>
    new Disposable(core().registerFunction({ ...metadata, callback })),
  registerHook: (name: string, callback: HookCallback) => {
    const hookName = hookNames.find((supported) => supported === name);
    if (!hookName) {
      // By the kind of the error and this mark the library knows a worker that lacks the hook.
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
        isAzureFunctionsSystemError: true,
      });
    }
    return new Disposable(core().registerHook(hookName, callback));
  },
  setProgrammingModel: (model: ProgrammingModel) => core().setProgrammingModel(model),
  getProgrammingModel: () => core().getProgrammingModel(),
  log: (level: RpcLogLevel, category: RpcLogCategory, message: string) =>
    core().log(level, category, message),
};

/**
 * Makes `require('@azure/functions-core')` give a module that leads to the given worker. Only CommonJS `require`
 * gives it, as in the Functions Node.js worker: what works here works there.
 */
export function provideFunctionsCore(worker: FunctionsCore): void {
  current = worker;
  if (installed) return;
  installed = true;
  const { require } = Module.prototype;
  Module.prototype.require = Object.assign(function (this: NodeJS.Module, id: string): unknown {
    return id === CORE_MODULE ? coreModule : require.call(this, id);
  }, require);
}
