/** A small real HTTP proxy on loopback: tunnels with CONNECT, and can ask for a password or refuse. */

import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface HttpProxy {
  /** `http://127.0.0.1:<port>`. */
  url: string;
  /** `host:port` of every tunnel that was asked for. */
  tunnels: string[];
  close(): Promise<void>;
}

/** Starts the proxy. With `credentials` (`user:password`) others get a 407, with `refuse` everybody gets that status. */
export async function startHttpProxy(options: { credentials?: string; refuse?: number } = {}): Promise<HttpProxy> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(400).end());
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    tunnels.push(request.url ?? '');
    const status = refusal(request, options);
    if (status !== null) return void client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.end('HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n'));
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function refusal(request: IncomingMessage, options: { credentials?: string; refuse?: number }): number | null {
  if (options.refuse !== undefined) return options.refuse;
  if (options.credentials === undefined) return null;
  const expected = `Basic ${Buffer.from(options.credentials).toString('base64')}`;
  return request.headers['proxy-authorization'] === expected ? null : 407;
}
