import { once } from 'node:events';
import { WebSocket } from 'undici';

/** What `node --inspect` lets be done to a process from outside. */
export class Inspector {
  readonly #url: string;

  /** @param url the address that the process tells on its standard error, ws://... */
  constructor(url: string) {
    this.#url = url;
  }

  async collectGarbage(): Promise<void> {
    // The first one runs the finalizers of what the second one frees.
    const command = { method: 'HeapProfiler.collectGarbage' };
    await this.#send(command, command);
  }

  /** Runs JavaScript in the process. */
  async evaluate(expression: string): Promise<void> {
    await this.#send({ method: 'Runtime.evaluate', params: { expression } });
  }

  async #send(...commands: readonly { readonly method: string; readonly params?: object }[]): Promise<void> {
    const socket = new WebSocket(this.#url);
    await once(socket, 'open');
    for (const [id, command] of commands.entries()) {
      socket.send(JSON.stringify({ id, ...command }));
      await once(socket, 'message');
    }
    socket.close();
    await once(socket, 'close');
  }
}
