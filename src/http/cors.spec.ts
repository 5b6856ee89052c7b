import { describe, expect, it } from '@jest/globals';
import { Cors } from './cors.ts';
import { httpConfig } from './http.config.ts';

const base = { 'x-base': 'yes' };
const corsOf = (env: Readonly<Record<string, string>>): Cors => new Cors(httpConfig(env), base);
const preflight = { origin: 'https://a.example', 'access-control-request-method': 'GET' };

describe('Cors', () => {
  it('should add nothing unless it is switched on', () => {
    const cors = corsOf({});
    expect(cors.headersFor('https://a.example')).toBe(base);
    expect(cors.preflightHeadersFor(preflight)).toBeUndefined();
  });

  it('should allow only the listed origins', () => {
    const cors = corsOf({ CORS_ORIGINS: 'https://a.example, http://localhost:8080' });
    for (const origin of ['https://a.example', 'http://localhost:8080']) {
      expect(cors.headersFor(origin)).toMatchObject({
        ...base,
        vary: 'Origin',
        'access-control-allow-origin': origin,
        'access-control-expose-headers': expect.stringMatching(/\bETag\b.*\bX-Request-Id\b/),
      });
    }
    const others = [
      'https://a.example.evil.example',
      'https://A.example',
      'http://a.example',
      'null',
      '',
      '*',
    ];
    for (const origin of [undefined, ...others, 'https://a.example:8443', '__proto__']) {
      expect(cors.headersFor(origin)).toEqual({ ...base, vary: 'Origin' });
    }
  });

  it('should allow every origin', () => {
    const cors = corsOf({ CORS_ORIGINS: '*' });
    for (const origin of [undefined, 'null', 'https://a.example']) {
      expect(cors.headersFor(origin)).toMatchObject({ 'access-control-allow-origin': '*' });
      expect(cors.headersFor(origin)).not.toHaveProperty('vary');
    }
  });

  it('should never allow credentials', () => {
    for (const CORS_ORIGINS of ['*', 'https://a.example']) {
      const cors = corsOf({ CORS_ORIGINS });
      const headers = { ...cors.headersFor('https://a.example'), ...cors.preflightHeadersFor(preflight) };
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  it('should answer a preflight of an allowed origin', () => {
    for (const CORS_ORIGINS of ['*', 'https://a.example']) {
      expect(corsOf({ CORS_ORIGINS }).preflightHeadersFor(preflight)).toMatchObject({
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': expect.stringMatching(/\bIf-None-Match\b.*\bX-API-KEY\b/),
        'access-control-max-age': '7200',
      });
    }
  });

  it('should not treat other requests as preflights', () => {
    const cors = corsOf({ CORS_ORIGINS: 'https://a.example' });
    expect(cors.preflightHeadersFor({ origin: 'https://a.example' })).toBeUndefined();
    expect(cors.preflightHeadersFor({ ...preflight, origin: undefined })).toBeUndefined();
    expect(cors.preflightHeadersFor({ ...preflight, origin: 'https://b.example' })).toBeUndefined();
  });
});
