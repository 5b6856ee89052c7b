import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What the framework says of itself, such as each route that it maps, is for those who look for it. */
@Injectable()
export class FrameworkLogger extends Logger {
  override log(message: unknown, ...parameters: unknown[]): void {
    this.debug(message, ...parameters);
  }
}
