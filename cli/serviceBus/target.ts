import { parseServiceBusConnectionString } from '@azure/service-bus';
import { isLoopback } from '../azure/origins.ts';
import { UsageError } from '../command/errors.ts';
import { readSetting } from '../settings.ts';

/** Of the clouds in which Graph knows external partners: nobody else is to get the caller's token. */
const NAMESPACE_HOST = /^[a-z][a-z0-9-]+\.servicebus\.(windows\.net|usgovcloudapi\.net)$/i;

/** Which Service Bus a command works with. */
export type Target = {
  /** The host, without a port. */
  readonly host: string;
  /** Whether it is on this machine, so that the stand-ins are what should be running. */
  readonly isLocal: boolean;
  /** Absent: the caller signs in with Entra. */
  readonly connectionString?: string;
};

/**
 * The namespace of `--namespace`, else of `SERVICE_BUS_NAMESPACE`, else what the connection string
 * `ServiceBusConnection` names, else the local one of local.settings.json.
 *
 * @throws {UsageError} if that is neither a namespace nor a connection string
 */
export function findTarget(
  namespace: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Target {
  const [source, host] =
    namespace === undefined
      ? ['SERVICE_BUS_NAMESPACE', env.SERVICE_BUS_NAMESPACE?.trim()]
      : ['--namespace', namespace];
  if (host || namespace !== undefined) return entraTarget(source, host ?? '');
  const connectionString = env.ServiceBusConnection?.trim() || readSetting('ServiceBusConnection', {});
  return connectionStringTarget(connectionString);
}

function entraTarget(source: string, host: string): Target {
  if (!NAMESPACE_HOST.test(host)) {
    throw new UsageError(
      `${source} is ${host}; write NAME.servicebus.windows.net, or NAME.servicebus.usgovcloudapi.net.`,
    );
  }
  return { host, isLocal: false };
}

function connectionStringTarget(connectionString: string): Target {
  const host = hostOf(connectionString);
  if (host === undefined) {
    throw new UsageError(
      'ServiceBusConnection is not a connection string of Service Bus. Set it to Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…, or unset it and pass --namespace.',
    );
  }
  return { host, isLocal: isLoopback(host), connectionString };
}

function hostOf(connectionString: string): string | undefined {
  try {
    return new URL(parseServiceBusConnectionString(connectionString).endpoint).hostname || undefined;
  } catch {
    return undefined;
  }
}
