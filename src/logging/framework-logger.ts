import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** Logs the messages of the framework, such as mapped routes, at level debug. */
@Injectable()
export class FrameworkLogger extends Logger {
  override log(message: unknown, ...parameters: unknown[]): void {
    this.debug(message, ...parameters);
  }
}
