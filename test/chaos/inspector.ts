import { once } from 'node:events';
import { WebSocket } from 'undici';

/** Controls a process through `node --inspect`. */
export class Inspector {
  readonly #url: string;

  /** @param url the ws:// address that the process prints to standard error */
  constructor(url: string) {
    this.#url = url;
  }

  async collectGarbage(): Promise<void> {
    // The first collection runs finalizers, the second frees their objects.
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
