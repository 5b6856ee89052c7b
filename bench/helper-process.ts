import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killOnExit } from './kill-on-exit.ts';

type Reply<T> = { readonly result: T } | { readonly failure: string };

/** A process beside the proxies, such as the load generator, that runs commands in order. */
export class HelperProcess<Command, Result> {
  readonly #child: ChildProcess;
  #settle: ((reply: Reply<Result>) => void) | undefined;

  /** @param module a file in this folder that calls `serveCommands` */
  constructor(module: string) {
    this.#child = fork(fileURLToPath(new URL(module, import.meta.url)), { stdio: 'inherit' });
    this.#child.on('message', (message) => this.#settle?.(message as Reply<Result>));
    this.#child.on('exit', (code) => this.#settle?.({ failure: `${module} ended with ${code}` }));
    killOnExit(this.#child);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it did not start');
    return this.#child.pid;
  }

  /** Runs one command at a time. Rejects with the error of the command. */
  async call(command: Command): Promise<Result> {
    const reply = await new Promise<Reply<Result>>((resolve) => {
      this.#settle = resolve;
      this.#child.send(command as object);
    });
    if ('failure' in reply) throw new Error(reply.failure);
    return reply.result;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

/** In the helper process: answers each command with the result of the function. */
export function serveCommands(run: (command: never) => Promise<unknown>): void {
  process.on('message', (command) => {
    void run(command as never).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ failure: String(error) }),
    );
  });
}
