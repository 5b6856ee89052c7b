import { Module } from '@nestjs/common';
import { BrowserRedirect } from './browser-redirect.ts';
import { DocsPage } from './docs-page.ts';
import { DocsController } from './docs.controller.ts';

@Module({ controllers: [DocsController], providers: [BrowserRedirect, DocsPage] })
export class DocsModule {}
