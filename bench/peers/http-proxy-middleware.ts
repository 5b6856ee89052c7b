/** Express with its most common proxy. */
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const { PORT, UPSTREAM } = process.env;
const app = express();
app.use(
  createProxyMiddleware({ target: UPSTREAM ?? '', agent: new Agent({ keepAlive: true, maxSockets: 64 }) }),
);
app.listen(Number(PORT), '127.0.0.1').keepAliveTimeout = 75_000;
