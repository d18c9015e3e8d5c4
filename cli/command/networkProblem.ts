import { toSentence } from './errors.ts';

/** Why there was no response, and what to do about it. */
export function describeNetworkProblem(error: unknown, hint: string): string {
  const { cause = error } = Object(error) as { cause?: unknown };
  const [first = cause] = cause instanceof AggregateError ? cause.errors : [cause];
  const { code = '', name = '', message = '' } = Object(first) as Partial<NodeJS.ErrnoException>;
  if (code === 'ECONNREFUSED') return `connection refused. ${hint}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return 'host not found. Check the name and your network.';
  }
  if (['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)) {
    return 'the connection was lost. Try again.';
  }
  if (name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code)) return `no response in time. ${hint}`;
  if (/CERT|SELF_SIGNED|ISSUER/.test(code)) {
    return `its certificate is not trusted (${code}). If your network has a certificate authority of its own, name its file in NODE_EXTRA_CA_CERTS.`;
  }
  return `${toSentence(message || name || String(first))} ${hint}`;
}
