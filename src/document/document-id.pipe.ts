import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { Problem } from '../problem/problem.ts';
import { isDocumentId } from '../settings/document-id.ts';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';

/** Lets only ids through that match `DOCUMENT_ID_PATTERN`. An id is text: it is never made a number. */
@Injectable()
export class DocumentIdPipe implements PipeTransform<string, string> {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** @throws Problem `malformed-id` */
  transform(id: string): string {
    if (!isDocumentId(id, this.settings.DOCUMENT_ID_PATTERN)) {
      throw new Problem('malformed-id', 'The document id does not match the pattern of ids.');
    }
    return id;
  }
}
