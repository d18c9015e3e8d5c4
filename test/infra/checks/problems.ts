/** The sentences that are true. */
export function problemsIn(sentences: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(sentences).filter((sentence) => sentences[sentence]);
}
