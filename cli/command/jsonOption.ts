/** For programs. */
export const jsonOption = { json: { help: 'print JSON, one value a line' } } as const;
