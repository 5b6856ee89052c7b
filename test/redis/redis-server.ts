import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PASSWORD = 'password-of-the-store-9f21';

/** A real redis-server with a password, on two ports: plain and TLS. */
export interface RedisServer {
  readonly url: string;
  readonly tlsUrl: string;
  /** The self-signed certificate of the TLS port. */
  readonly certificate: string;
  signal(signal: NodeJS.Signals): void;
  /** Kills it, as a power failure would; `start` runs it again, empty, on the same ports. */
  kill(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-redis-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', key, '-out', certificate],
  ]);
  const arguments_ = [
    ...['--bind', '127.0.0.1', '--port', String(port), '--tls-port', String(tlsPort)],
    ...['--tls-key-file', key, '--tls-cert-file', certificate, '--tls-auth-clients', 'no'],
    ...['--requirepass', PASSWORD, '--save', '', '--appendonly', 'no', '--dir', folder],
  ];
  let child: ChildProcess;
  const start = (): void => {
    child = spawn('redis-server', arguments_, { stdio: 'ignore' });
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  start();
  return {
    url: `redis://:${PASSWORD}@127.0.0.1:${port}`,
    tlsUrl: `rediss://:${PASSWORD}@127.0.0.1:${tlsPort}`,
    certificate,
    signal: (signal) => child.kill(signal),
    kill,
    start,
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
