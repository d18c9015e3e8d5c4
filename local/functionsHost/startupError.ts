/** The host cannot start; the message names each cause and what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? `The host cannot start: ${problems[0]}`
        : `The host cannot start:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}
