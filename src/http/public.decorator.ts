import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = 'isPublic';

/** Allows requests without an API key to a route, or to all routes of a controller. */
export const Public = (): CustomDecorator => SetMetadata(IS_PUBLIC, true);
