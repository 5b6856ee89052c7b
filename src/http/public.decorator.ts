import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'isPublic';

/** Opens a route, or all routes of a controller, to callers without an API key. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);
