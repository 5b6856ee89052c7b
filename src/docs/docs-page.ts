import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { entityTagOf } from '../http/entity-tags.ts';
import { Problem } from '../problem/problem.ts';

const expand: (gzip: Buffer) => Promise<Buffer> = promisify(gunzip);

/** The media types of the files of the page, by name. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['index.html', 'text/html; charset=utf-8'],
  ['page.css', 'text/css; charset=utf-8'],
  ['page.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
]);

/** The build compresses the files into this folder. The path is the same from src and from dist. */
const folder = new URL('../../dist/docs-page/', import.meta.url);

/** A file of the page, compressed by gzip. */
export interface Asset {
  readonly mediaType: string;
  readonly gzip: Buffer;
  /** The uncompressed bytes, for clients without gzip. Decompressed once. */
  readonly plain: () => Promise<Buffer>;
  /** The entity tag of the compressed bytes. The uncompressed representation has another. */
  readonly etag: string;
}

/** The files of the page at `/docs`. Each is read at its first request and kept in memory. */
@Injectable()
export class DocsPage {
  readonly #assets = new Map<string, Promise<Asset>>();

  /** @throws Problem `route-not-found` */
  async find(name: string): Promise<Asset> {
    const mediaType = MEDIA_TYPES.get(name);
    if (mediaType === undefined) throw new Problem('route-not-found', 'This path does not exist.');
    let asset = this.#assets.get(name);
    if (asset === undefined) {
      asset = readAsset(name, mediaType);
      this.#assets.set(name, asset);
    }
    return asset;
  }
}

async function readAsset(name: string, mediaType: string): Promise<Asset> {
  const gzip = await readFile(new URL(`${name}.gz`, folder));
  let plain: Promise<Buffer> | undefined;
  return {
    mediaType,
    gzip,
    plain: () => (plain ??= expand(gzip)),
    etag: entityTagOf(hash('sha256', gzip, 'base64url')),
  };
}
