import { type Problem, skipped, unset } from './check.ts';

/**
 * Why a resource id cannot be that of the namespace; undefined if it can.
 *
 * @param host of the namespace; undefined for the local one
 */
export function namespaceIdProblem(
  namespaceId: string | undefined,
  host: string | undefined,
): Problem | undefined {
  const variable = 'SERVICE_BUS_NAMESPACE_ID';
  const what = 'the resource id of the namespace';
  if (!namespaceId) return unset(variable, what);
  const name =
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ServiceBus\/namespaces\/([^/]+)$/i.exec(
      namespaceId,
    )?.[1];
  if (name === undefined) return skipped(`${variable} is ${namespaceId}`, `Set it to ${what}.`);
  return host === undefined || host.split('.')[0]?.toLowerCase() === name.toLowerCase()
    ? undefined
    : skipped(`${variable} is of another namespace, ${name}`, `Set it to ${what} ${host}.`);
}
