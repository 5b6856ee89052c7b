import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InjectPinoLogger, type PinoLogger } from 'nestjs-pino';
import { Problem, PROBLEM_HEADERS } from '../problem/problem.ts';
import { ALLOW } from './known-paths.ts';

export function answerProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  request.record.outcome = problem.type;
  void reply
    .code(problem.status)
    .headers({ ...PROBLEM_HEADERS, ...problem.headers })
    // Bytes, because Fastify adds a charset to the type of a string, and this media type has none.
    .send(Buffer.from(problem.toBody(request.id)));
}

/** Turns every error of a route into a problem, RFC 9457. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@InjectPinoLogger('ProblemFilter') private readonly logger: PinoLogger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.toProblem(error, request);
    if (problem.type === 'internal-error')
      this.logger.error({ err: error }, 'request failed because of a defect of this service: report it');
    answerProblem(problem, request, reply);
  }

  private toProblem(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    const { statusCode } = Object(error) as { readonly statusCode?: unknown };
    switch (error instanceof HttpException ? error.getStatus() : statusCode) {
      case 400:
        return this.wrongMethod(request) ?? new Problem('malformed-request', 'The request is malformed.');
      case 404:
      // No route takes a body, so an unsupported type of one does not matter.
      case 415:
        return this.wrongMethod(request) ?? new Problem('route-not-found', 'This path does not exist.');
      default:
        return new Problem('internal-error', 'The service has a defect. The error was logged.', {
          cause: error,
        });
    }
  }

  /** Returns the problem when the path exists, but not with this method. */
  private wrongMethod(request: FastifyRequest): Problem | undefined {
    const isAllowed = ALLOW.split(', ').includes(request.method);
    if (isAllowed || !request.server.knownPaths.has(request.url)) return undefined;
    return new Problem('method-not-allowed', `This path supports only ${ALLOW}.`, {
      headers: { allow: ALLOW },
    });
  }
}
