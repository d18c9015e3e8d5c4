import type { Input } from '../command/definition.ts';

/** The options that say which namespace a command works with, and how it connects. */
export const namespaceOptions = {
  namespace: {
    value: 'HOST',
    help: 'NAME.servicebus.windows.net, with your own Entra sign-in (az login); default: SERVICE_BUS_NAMESPACE, else ServiceBusConnection, else the local one',
  },
  'web-sockets': { help: 'connect through port 443, for networks that allow no other' },
} as const;

export type NamespaceInput = Input<Record<never, never>, typeof namespaceOptions>;
