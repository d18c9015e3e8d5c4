import { asObject } from '../../shared/kit/json.ts';
import { UnreachableError } from '../command/errors.ts';
import type { AzureApi } from './callAzure.ts';

/** More pages than any list has. */
const MAX_PAGES = 1_000;

/**
 * The items of a list, which comes in pages. The token goes to no other address than that of the API.
 *
 * @param path of the first page
 * @throws {UnreachableError} if the links to the next pages have no end, or one cannot be followed
 */
export async function* itemsOf(api: AzureApi, path: string): AsyncGenerator<Record<string, unknown>> {
  const seen = new Set<string>();
  for (let next: string | undefined = path; next !== undefined; ) {
    if (seen.has(next) || seen.size === MAX_PAGES) {
      throw new UnreachableError(`${api.name} gives a list without an end. Try again later.`);
    }
    seen.add(next);
    const page = asObject(await api.call(next));
    if (Array.isArray(page.value)) yield* page.value.map(asObject);
    const link = page['@odata.nextLink'] ?? page.nextLink;
    next = link === undefined || link === null ? undefined : pathOf(api, link);
  }
}

/** A link to another scheme has no path that could stand behind the address of the API. */
function pathOf({ name }: AzureApi, link: unknown): string {
  if (typeof link === 'string' && URL.canParse(link)) {
    const { protocol, pathname, search } = new URL(link);
    if (protocol === 'https:' || protocol === 'http:') return pathname + search;
  }
  throw new UnreachableError(`${name} gives a list whose next page cannot be asked for. Try again later.`);
}
