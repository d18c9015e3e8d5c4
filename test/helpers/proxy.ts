import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy that takes every request, and notes where each was to go. */
export async function startProxy() {
  /** `CONNECT` and a host with its port, or a method and a whole URL. */
  const journal: string[] = [];
  const server = createServer(({ method, url }, response) => {
    journal.push(`${method} ${url}`);
    response.writeHead(502).end();
  });
  server.on('connect', ({ url = '' }, client, head) => {
    journal.push(`CONNECT ${url}`);
    const [host, port] = url.split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    client.on('error', () => target.destroy());
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    journal,
    /** What makes Node and the Azure SDKs use it. */
    environment: { HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, NODE_USE_ENV_PROXY: '1' },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
