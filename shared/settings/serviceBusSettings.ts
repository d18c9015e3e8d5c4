/** Where Service Bus takes messages over HTTP, and how the app proves who it is. */
export type ServiceBusSettings = {
  readonly url: URL;
  /** A key of the namespace, if the app was given a connection string. */
  readonly key?: { readonly keyName: string; readonly key: string };
  /** Client id of a user-assigned identity. */
  readonly clientId?: string;
};

/**
 * Reads how to reach Service Bus over HTTP, from the connection that the host uses.
 *
 * @returns undefined if the connection does not say it
 */
export function readServiceBus({
  connectionString,
  host,
  url,
  clientId,
}: {
  readonly connectionString?: string | undefined;
  readonly host?: string | undefined;
  /** Where it is, if not at the host of the connection. */
  readonly url?: URL | undefined;
  readonly clientId?: string | undefined;
}): ServiceBusSettings | undefined {
  const fields = new Map(
    (connectionString ?? '').split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  const endpoint = fields.get('endpoint') ?? '';
  const address = url?.href ?? `https://${host ?? endpoint.replace(/^sb:\/\//i, '')}`;
  if (!URL.canParse(address)) return undefined;
  const keyName = fields.get('sharedaccesskeyname');
  const key = fields.get('sharedaccesskey');
  return {
    url: new URL(address),
    ...(keyName && key && { key: { keyName, key } }),
    ...(clientId && { clientId }),
  };
}
