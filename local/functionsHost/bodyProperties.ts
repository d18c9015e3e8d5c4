/**
 * Trigger metadata as the host makes it for a text body: if the body is a JSON object, its top-level properties
 * replace metadata of the same name, in whatever case. Arrays and nulls are left out, scalars become text. So the
 * sender of a text body can forge metadata; a function with `dataType: 'binary'` is safe from that.
 */
export function copyBodyProperties(
  body: string,
  metadata: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const properties = asJsonObject(body);
  if (!properties) return metadata;
  const merged: Record<string, unknown> = { ...metadata };
  const names = new Map(Object.keys(metadata).map((name) => [name.toLowerCase(), name]));
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || Array.isArray(value)) continue;
    merged[names.get(name.toLowerCase()) ?? name] = typeof value === 'object' ? value : asText(value);
  }
  return merged;
}

function asJsonObject(text: string): object | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  try {
    return JSON.parse(trimmed) as object;
  } catch {
    return undefined;
  }
}

/** .NET writes booleans with a capital letter, which the library then does not parse. */
function asText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
