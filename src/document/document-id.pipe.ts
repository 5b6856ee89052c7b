import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { Problem } from '../problem/problem.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';

/** Lets only ids through that match `DOCUMENT_ID_PATTERN`. An id is text: it is never made a number. */
@Injectable()
export class DocumentIdPipe implements PipeTransform<string, string> {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** @throws Problem `malformed-id` */
  transform(id: string): string {
    // A dot segment would change the path that is asked of the upstream, whatever the pattern says.
    if (id === '.' || id === '..' || !this.settings.DOCUMENT_ID_PATTERN.test(id)) {
      throw new Problem('malformed-id', 'This is not a document id.');
    }
    return id;
  }
}
