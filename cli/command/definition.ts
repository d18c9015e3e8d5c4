import type { Ending } from './exitCodes.ts';

/**
 * Something that is typed with a value.
 *
 * @typeParam T what its value is taken for
 */
export type Valued<T = unknown> = {
  /** What stands for the value in the help: `TEXT`. */
  readonly value: string;
  readonly help: string;
  /**
   * Checks the text and says what it stands for; without it, any text will do.
   *
   * @param name what the person sees, for the message
   * @throws {UsageError} saying what to type
   */
  readonly parse?: (text: string, name: string) => T;
};

/** An option: with a value, or a switch. */
export type Option =
  | (Valued & {
      readonly isRepeatable?: true;
      /** Makes the value optional: what it is then, and what a value looks like. */
      readonly alone?: { readonly value: string; readonly pattern: RegExp };
    })
  | { readonly help: string; readonly value?: never };

/** What is typed behind the command, by its place. */
export type Argument = Valued & {
  /** What to say if it is not there; absent if it may be left out. */
  readonly ifMissing?: string;
};

export type Options = Readonly<Record<string, Option>>;
export type Arguments = Readonly<Record<string, Argument>>;

type ValueOf<One> = One extends { parse: (text: string, name: string) => infer T } ? T : string;

/** What was typed, by the names of arguments and options. */
export type Input<A extends Arguments, O extends Options> = {
  readonly [Name in keyof A]: A[Name] extends { ifMissing: string }
    ? ValueOf<A[Name]>
    : ValueOf<A[Name]> | undefined;
} & {
  readonly [Name in keyof O]: O[Name] extends { value: string }
    ? O[Name] extends { isRepeatable: true }
      ? readonly ValueOf<O[Name]>[]
      : ValueOf<O[Name]> | undefined
    : boolean;
};

/** Everything about a command that its `--help` says, and that is checked before it runs. */
export type Definition<A extends Arguments = Arguments, O extends Options = Options> = {
  readonly name: string;
  /** What a person types in front of the options. Default: `npx epc` and the name. */
  readonly typed?: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What there is to type, if it is more than the arguments and options in a row. */
  readonly forms?: readonly string[];
  /** Paragraphs. */
  readonly details?: readonly string[];
  readonly arguments: A;
  readonly options: O;
  /** What its endings mean, those excepted that are the same for each command. */
  readonly endings: Partial<Record<Ending, string>>;
};

/** Infers the types of a definition. */
export function define<const A extends Arguments, const O extends Options>(
  definition: Definition<A, O>,
): Definition<A, O> {
  return definition;
}

export type InputOf<D> = D extends Definition<infer A, infer O> ? Input<A, O> : never;
