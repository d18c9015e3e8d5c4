/**
 * Milliseconds of a .NET time span (`[d.]hh:mm:ss[.fff]`), as host.json writes its durations.
 *
 * @returns undefined if the text is not one
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
