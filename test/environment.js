import { subscribe } from 'node:diagnostics_channel';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/** The open TCP sockets of this process. */
const sockets = new Set();
for (const channel of ['net.client.socket', 'net.server.socket']) {
  subscribe(channel, ({ socket }) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

/**
 * Jest's environment for Node, with an ordinary global object. Its own is a proxy, which is asked for each `Math` and each
 * `Uint8Array` in a loop: the inspection of a document then takes up to ten times as long.
 */
export default class Environment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    // There is no option for it. The constructor creates one context, and fills its global object.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }

  /** Jest omits Node's lines of a stack, which tell from what a system error came: TCP, a pipe or a file. */
  handleTestEvent({ error }) {
    if (error?.syscall !== undefined) console.error(error.stack);
  }

  async teardown() {
    // Without a listener, an error of a socket that is still open would fail the next test file of this process.
    for (const socket of sockets) socket.on('error', () => undefined);
    await super.teardown();
  }
}
