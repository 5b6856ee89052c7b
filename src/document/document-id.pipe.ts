import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Problem } from '../problem/problem.ts';
import { isDocumentId } from './document-id.ts';
import { documentConfig } from './document.config.ts';

/** Accepts only ids that match `DOCUMENT_ID_PATTERN`. An id is text and is never converted to a number. */
@Injectable()
export class DocumentIdPipe implements PipeTransform<string, string> {
  constructor(@Inject(documentConfig.KEY) private readonly config: ConfigType<typeof documentConfig>) {}

  /** @throws Problem `malformed-id` */
  transform(id: string): string {
    if (!isDocumentId(id, this.config.idPattern)) {
      throw new Problem('malformed-id', 'The document id does not match the pattern of ids.');
    }
    return id;
  }
}
