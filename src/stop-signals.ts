/**
 * Called on SIGTERM, SIGINT or SIGHUP. Importing this module installs the handlers. It is imported first and imports
 * nothing, because the kernel drops a signal to process 1 of a container while there is no handler.
 */
type StopHandler = (signal: NodeJS.Signals) => void;

/** Exits at once: before the service listens there are no requests to finish. */
let handler: StopHandler = () => {
  process.exit(0);
};

// Workers load this module too, but receive no signals.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => handler(signal));
}

/** Replaces the handler of these signals. */
export function onStopSignal(replacement: StopHandler): void {
  handler = replacement;
}
