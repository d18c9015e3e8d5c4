import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/command/errors.ts';
import { findTarget } from '../../../cli/serviceBus/target.ts';

const connectionString =
  'Endpoint=sb://name.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=s3cret';
const SERVICE_BUS_NAMESPACE = 'variable.servicebus.windows.net';

describe('a command works with', () => {
  it.each([
    [
      '--namespace before anything else',
      'option.servicebus.windows.net',
      { SERVICE_BUS_NAMESPACE },
      'option.servicebus.windows.net',
    ],
    [
      'SERVICE_BUS_NAMESPACE before ServiceBusConnection',
      undefined,
      { SERVICE_BUS_NAMESPACE, ServiceBusConnection: connectionString },
      SERVICE_BUS_NAMESPACE,
    ],
    [
      'ServiceBusConnection, which is not called local',
      undefined,
      { ServiceBusConnection: connectionString },
      'name.servicebus.windows.net',
    ],
  ])('%s', (_, option, env, host) => {
    expect(findTarget(option, env)).toMatchObject({ host, isLocal: false });
  });

  it('the local namespace if nothing is set', () => {
    expect(findTarget(undefined, { SERVICE_BUS_NAMESPACE: ' ', ServiceBusConnection: '' })).toMatchObject({
      host: 'localhost',
      isLocal: true,
    });
  });

  it.each([
    ['https://x', {}, '--namespace is https://x; write NAME.servicebus.windows.net, or'],
    ['', {}, '--namespace is ; write NAME'],
    ...[
      'contoso.servicebus.windows.net.attacker.example',
      'contoso.servicebus.attacker.example',
      'contoso.servicebus.windows.net:5671',
      'a@contoso.servicebus.windows.net',
      'contoso.servicebus.windows.net/x',
      'contoso.servicebus.windowsxnet',
      'contoso.servicebus.windows.net\n',
    ].map((host): [string, Record<string, string>, string] => [
      host,
      {},
      `--namespace is ${host}; write NAME`,
    ]),
    [undefined, { SERVICE_BUS_NAMESPACE: 'name' }, 'SERVICE_BUS_NAMESPACE is name; write NAME'],
  ])('nothing that is not a namespace: %s %j', (option, env, problem) => {
    expect(() => findTarget(option, env)).toThrow(UsageError);
    expect(() => findTarget(option, env)).toThrow(problem);
  });

  it.each(['bad', 'Endpoint=sb://;SharedAccessKey=s3cret', 'SharedAccessKey=s3cret'])(
    'no malformed connection string, without showing it: %s',
    (ServiceBusConnection) => {
      const find = () => findTarget(undefined, { ServiceBusConnection });
      expect(find).toThrow(UsageError);
      expect(find).toThrow(/^ServiceBusConnection is not a connection string of Service Bus\. Set it to/);
      expect(find).not.toThrow(/s3cret/);
    },
  );
});
