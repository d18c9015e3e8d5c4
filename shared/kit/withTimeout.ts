/** Waits for a promise at most `ms` milliseconds; after that rejects with `late`. The work itself goes on. */
export async function withTimeout<T>(work: Promise<T>, ms: number, late: string | Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(typeof late === 'string' ? new Error(late) : late), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
