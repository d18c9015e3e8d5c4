import type { Arguments, Definition, Input, Options } from './definition.ts';
import { readInput } from './readInput.ts';

/** A command that can be run. */
export type Command = {
  readonly definition: Definition;
  /** Runs it with what was typed behind it; resolves to the exit code. */
  run(args: readonly string[]): Promise<number>;
};

/** @param load gives what the command does, and loads what that needs: `--help` comes at once */
export function command<A extends Arguments, O extends Options>(
  definition: Definition<A, O>,
  load: () => Promise<(input: Input<A, O>) => Promise<number>>,
): Command {
  return {
    definition,
    async run(args) {
      const input = readInput(args, definition);
      return (await load())(input);
    },
  };
}
