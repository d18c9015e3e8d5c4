import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { RpcBindingInfo } from '../local/functionsHost/rpc.ts';
import { toRequest } from '../local/functionsHost/worker.ts';
import type { StartProcess } from './cold.ts';
import { createInvocation } from './invocation.ts';

/** A message of the protocol, by what it is ("Azure Functions language worker protobuf"). */
type Message = { readonly content: string } & Readonly<Record<string, unknown>>;
type Stream = { on(event: 'data', listener: (message: Message) => void): void; write(message: object): void };
type FunctionMetadata = {
  readonly functionId: string;
  readonly name: string;
  readonly bindings: Readonly<Record<string, RpcBindingInfo>>;
};

type Grpc = {
  readonly Server: new () => {
    addService(service: unknown, methods: { eventStream: (stream: Stream) => void }): void;
    bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
    start(): void;
    forceShutdown(): void;
  };
  readonly ServerCredentials: { createInsecure(): unknown };
};

/** What is deployed in Azure, without the file around it that refuses newer versions of Node. */
const BUNDLE = './dist/src/worker-bundle.js';
const START = `require('${BUNDLE}').worker.startNodeWorker(process.argv)`;

/**
 * The Functions worker for Node.js itself, and as much of the Functions host as it takes to hand it messages.
 *
 * @param directory where the worker is built and bundled: the repository Azure/azure-functions-nodejs-worker
 */
export async function startFunctionsHost(
  directory: string,
): Promise<{ startProcess: StartProcess; close(): void }> {
  if (!existsSync(join(directory, BUNDLE))) {
    throw new Error(`${directory} has no ${BUNDLE}. Run there: npm ci && npm run build && npm run webpack`);
  }
  const require = createRequire(join(directory, 'package.json'));
  const grpc: Grpc = require('@grpc/grpc-js');
  const protocol = require('./azure-functions-language-worker-protobuf/src/rpc.js');
  const format = { objects: true, oneofs: true, enums: String };
  const services = require('@grpc/proto-loader').fromJSON(protocol, format);

  let serve: (stream: Stream) => void = () => {};
  const server = new grpc.Server();
  const eventStream = (stream: Stream) => serve(stream);
  server.addService(services['AzureFunctionsRpcMessages.FunctionRpc'], { eventStream });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  server.start();
  const options = {
    'functions-uri': `http://127.0.0.1:${port}`,
    'functions-worker-id': 'bench',
    'functions-request-id': 'bench',
    'functions-grpc-max-message-length': '2147483647',
  };

  return {
    startProcess(appRoot, messages, env) {
      const loaded = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      serve = (stream) => {
        let metadata: FunctionMetadata | undefined;
        let pending = messages;
        const functionAppDirectory = appRoot;
        const steps: Readonly<Record<string, (message: Message) => void>> = {
          startStream: () => stream.write({ workerInitRequest: { hostVersion: '4', functionAppDirectory } }),
          workerInitResponse: () => stream.write({ functionsMetadataRequest: { functionAppDirectory } }),
          functionMetadataResponse: ({ functionMetadataResponse }) => {
            const response = functionMetadataResponse as { functionMetadataResults: [FunctionMetadata] };
            [metadata] = response.functionMetadataResults;
            stream.write({ functionLoadRequest: { functionId: metadata.functionId, metadata } });
          },
          functionLoadResponse: () => {
            loaded.resolve();
            for (let index = 0; metadata && index < messages; index++) {
              const request = toRequest(metadata, createInvocation(index));
              const ids = { invocationId: String(index), functionId: metadata.functionId };
              stream.write({ invocationRequest: { ...ids, ...request } });
            }
          },
          invocationResponse: ({ invocationResponse }) => {
            const { result } = invocationResponse as { result: { status: string } };
            if (result.status !== 'Success') done.reject(new Error(JSON.stringify(invocationResponse)));
            pending--;
            if (pending === 0) done.resolve();
          },
        };
        stream.on('data', (message) => steps[message.content]?.(message));
      };
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
      const child = spawn(process.execPath, ['--eval', START, 'worker', ...args], {
        cwd: directory,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return { child, loaded: loaded.promise, done: done.promise };
    },
    close: () => server.forceShutdown(),
  };
}
