// A door of TCP in front of a loopback server: shut, its port refuses, and whatever was on its way is cut off.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate {
  /** `http://127.0.0.1:<port>`, the same for as long as the gate lives. */
  url: string;
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Shuts it for good. */
  close(): Promise<void>;
}

/** Opens a gate in front of the server at `url`. */
export async function openGate(url: string): Promise<Gate> {
  const target = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const listen = async (port: number) => {
    const server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) keep(socket);
      client.pipe(upstream).pipe(client);
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return server;
  };
  let server: Awaited<ReturnType<typeof listen>> | null = await listen(0);
  const { port } = server.address() as AddressInfo;
  const shut = async () => {
    const closing = server;
    server = null;
    if (!closing) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    shut,
    async open() {
      server ??= await listen(port);
    },
    close: shut,
  };
}
