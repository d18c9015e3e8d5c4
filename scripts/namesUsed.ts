/** What a CommonJS file uses of a package that it requires; undefined if that cannot be told. */
export function namesUsed(source: string, name: string): readonly string[] | undefined {
  const required = [...source.matchAll(new RegExp(`(?:(\\w+) = )?require\\("${name}"\\)`, 'g'))];
  const [[statement, variable] = []] = required;
  if (!statement || !variable || required.length > 1) return undefined;
  const uses = source.replace(statement, '').matchAll(new RegExp(`\\b${variable}\\b(?:\\.(\\w+))?`, 'g'));
  const names = new Set([...uses].map(([, used]) => used));
  return names.has(undefined) ? undefined : ([...names] as string[]);
}
