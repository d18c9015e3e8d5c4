import type { link as Link, Sender } from 'rhea';
import rhea from 'rhea';

/** The address in a link's source or target, as the client wrote it: the service gives it back so. */
export function writtenAddressOf(terminus: unknown): string {
  const address = memberOf(terminus, 'address');
  return typeof address === 'string' ? address : '';
}

/** The name in a link's source or target. */
export function addressOf(terminus: unknown): string {
  return nameIn(writtenAddressOf(terminus));
}

/** The name in an address. Clients write it as it is (JavaScript), as a path (.NET) or as a URL (Python). */
export function nameIn(address: string): string {
  const path = address.replace(/^[a-z]+:\/\/[^/]*/i, '');
  try {
    return decodeURIComponent(path).replace(/^\//, '');
  } catch {
    // Not percent-encoded after all: then it is the name of nothing.
    return path;
  }
}

/** One of the filters of a receiving link's source: whether it is there at all, and its value. */
export function filterOf(link: Sender, name: string): { readonly value: unknown } | undefined {
  const filters = memberOf(link.source, 'filter');
  if (typeof filters !== 'object' || filters === null || !(name in filters)) return undefined;
  return { value: undescribed(Reflect.get(filters, name)) };
}

/** One of the properties that a client gives to a link. */
export function propertyOf(link: Link, name: string): unknown {
  return memberOf(link.properties, name);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** The value inside an AMQP described value, if it is one. */
function undescribed(value: unknown): unknown {
  return rhea.types.unwrap(
    typeof value === 'object' && value !== null && 'descriptor' in value && 'value' in value
      ? value.value
      : value,
  );
}
