/** Express and axios, which reads the document into a buffer: a common way to write such a service. */
import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';

const { PORT, UPSTREAM } = process.env;
const client = axios.create({
  baseURL: UPSTREAM ?? '',
  responseType: 'arraybuffer',
  httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }),
});
const app = express();
app.get('/:id', async (request, response) => {
  const { data, headers } = await client.get<Buffer>(`/${request.params.id}`);
  response.type(String(headers['content-type'])).send(data);
});
app.listen(Number(PORT), '127.0.0.1').keepAliveTimeout = 75_000;
