import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The port, the upstream and the output folder of a proxy. */
export interface Place {
  readonly port: number;
  readonly upstreamPort: number;
  readonly folder: string;
}

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A proxy to measure. */
export interface Proxy {
  readonly name: string;
  readonly about: string;
  /** The path that answers 200 after the start. */
  readonly probe: '/1' | '/health';
  readonly start: (place: Place) => Start;
}

export const API_KEY = 'the-key-of-the-benchmark';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DIST = pathOf('../dist/');
const BUNDLE = join(DIST, 'bundle/');
/** Contains the peers without types: stripping them at the start would add the compiler to memory and start time. */
const STRIPPED = pathOf('dist/');

/** The settings of the images, the same for all proxies. */
const NODE_ENV = {
  NODE_ENV: 'production',
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '1048576',
  MALLOC_TRIM_THRESHOLD_: '1048576',
  NODE_OPTIONS: '--max-semi-space-size=16',
};

/** The command of the image, or that of `npm run start:prod` if there is no bundle. */
function gatewayCommand(): {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  return existsSync(BUNDLE)
    ? {
        args: ['--import', join(BUNDLE, 'register.js'), join(BUNDLE, 'main.js')],
        env: { NODE_COMPILE_CACHE: join(DIST, 'compile-cache') },
      }
    : { args: ['--import', join(DIST, 'tracing/register.js'), join(DIST, 'main.js')], env: {} };
}

function gateway(name: string, about: string, settings: Readonly<Record<string, string>>): Proxy {
  return {
    name,
    about,
    probe: '/health',
    start: ({ port, upstreamPort }) => {
      const { args, env } = gatewayCommand();
      return {
        command: process.execPath,
        args,
        env: {
          ...NODE_ENV,
          ...env,
          API_KEY,
          HOST: '127.0.0.1',
          PORT: String(port),
          UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}/{id}`,
          DRAIN_DELAY_MS: '0',
          ...settings,
        },
      };
    },
  };
}

function peer(name: string, about: string, probe: Proxy['probe'] = '/1'): Proxy {
  return {
    name,
    about,
    probe,
    start: ({ port, upstreamPort }) => ({
      command: process.execPath,
      args: [join(STRIPPED, `${name}.js`)],
      env: { ...NODE_ENV, PORT: String(port), UPSTREAM: `http://127.0.0.1:${upstreamPort}` },
    }),
  };
}

const nginx: Proxy = {
  name: 'nginx',
  about: 'nginx, one process',
  probe: '/1',
  start: ({ port, upstreamPort, folder }) => {
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, nginxConfiguration(port, upstreamPort, folder));
    return { command: 'nginx', args: ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], env: {} };
  },
};

/** Keep-alive on both sides as for the others. The buffers hold a document, so that nginx does not write to disk. */
function nginxConfiguration(port: number, upstreamPort: number, folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  ${paths.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  keepalive_timeout 75s;
  keepalive_requests 100000000;
  upstream store { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://store;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffers 16 8k;
    }
  }
}
`;
}

export function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).status === 0;
}

/** The proxy that the others are compared with. */
export const referenceProxy = peer('node-http', 'node:http, piped through');

/** The gateway with these settings. */
export function gatewayWith(settings: Readonly<Record<string, string>>): Proxy {
  return gateway('gateway', 'the gateway', settings);
}

/** All proxies that can be measured. */
export const proxies: readonly Proxy[] = [
  referenceProxy,
  peer('undici', 'node:http and a Pool of undici, streamed through'),
  peer('reply-from', 'Fastify with @fastify/reply-from'),
  peer('http-proxy-middleware', 'Express with http-proxy-middleware'),
  peer('axios', 'Express with axios, buffered'),
  peer('axios-pdf-lib', 'Express with axios, checks with pdf-lib, five attempts'),
  peer('axios-pdfjs-dist', 'Express with axios, checks with pdf.js and pngjs, five attempts'),
  nginx,
  gateway('gateway', 'the gateway, default settings', {}),
  gateway('gateway-structure', 'the gateway, VERIFY_LEVEL=structure', { VERIFY_LEVEL: 'structure' }),
  peer('fastify', 'a bare Fastify route', '/health'),
  peer('nest', 'a bare Nest route on Fastify', '/health'),
];

/** Writes the files that peers are started from. */
export function stripPeers(measured: readonly Proxy[]): void {
  mkdirSync(STRIPPED, { recursive: true });
  for (const { name } of measured) {
    const source = pathOf(`peers/${name}.ts`);
    if (!existsSync(source)) continue;
    writeFileSync(join(STRIPPED, `${name}.js`), stripTypeScriptTypes(readFileSync(source, 'utf8')));
  }
}
