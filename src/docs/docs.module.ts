import { Module } from '@nestjs/common';
import { BrowserRedirect } from './browser-redirect.ts';
import { DocsController } from './docs.controller.ts';

@Module({ controllers: [DocsController], providers: [BrowserRedirect] })
export class DocsModule {}
