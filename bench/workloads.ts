import type { Serving } from './upstream.ts';

/** The requests, and the proxies that they are sent to. */
export interface Workload {
  readonly name: 'mix' | 'mix-different' | 'png' | 'pdf' | 'pdf-same' | 'health';
  readonly about: string;
  readonly path: '/{id}' | '/health';
  readonly serving: Serving;
  /** The others are compared with the first one. */
  readonly proxies: readonly string[];
  /** Whether it is also measured at a fixed rate. */
  readonly isPaced: boolean;
}

export const workloads: readonly Workload[] = [
  {
    name: 'mix',
    about:
      '5 PNG, 4 PDF and 1 damaged PDF in 10, always the same three documents, as the real upstream sends them',
    path: '/{id}',
    serving: { documents: 'mix', variety: 'same' },
    proxies: [
      'node-http',
      'undici',
      'reply-from',
      'http-proxy-middleware',
      'axios',
      'axios-pdf-lib',
      'axios-pdfjs-dist',
      'nginx',
      'gateway',
    ],
    isPaced: true,
  },
  {
    name: 'mix-different',
    about: 'the same mix, every document different',
    path: '/{id}',
    serving: { documents: 'mix', variety: 'different' },
    proxies: ['node-http', 'gateway'],
    isPaced: false,
  },
  {
    name: 'png',
    about: 'PNGs of 48 KB, every one different',
    path: '/{id}',
    serving: { documents: 'png', variety: 'different' },
    proxies: ['node-http', 'gateway'],
    isPaced: false,
  },
  {
    name: 'pdf',
    about: 'PDFs of 13 KB, every one different',
    path: '/{id}',
    serving: { documents: 'pdf', variety: 'different' },
    proxies: ['node-http', 'axios-pdf-lib', 'axios-pdfjs-dist', 'gateway', 'gateway-structure'],
    isPaced: true,
  },
  {
    name: 'pdf-same',
    about: 'one PDF of 13 KB again and again',
    path: '/{id}',
    serving: { documents: 'pdf', variety: 'same' },
    proxies: ['node-http', 'gateway'],
    isPaced: false,
  },
  {
    name: 'health',
    about: '/health, without the upstream',
    path: '/health',
    serving: { documents: 'pdf', variety: 'same' },
    proxies: ['fastify', 'nest', 'gateway'],
    isPaced: false,
  },
];
