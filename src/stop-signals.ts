/**
 * SIGTERM and SIGINT. Importing this module takes them, so it comes before everything that takes time to load: the
 * kernel drops a signal to process 1 of a container that has no handler for it. It imports nothing for the same reason.
 */
type StopHandler = (signal: NodeJS.Signals) => void;

/** Until the service listens there is nothing to finish. */
let handler: StopHandler = () => {
  process.exit(0);
};

// Workers import what the process was told to, and have no signals.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    handler(signal);
  });
}

/** Replaces what is done for each of the two signals. */
export function onStopSignal(replacement: StopHandler): void {
  handler = replacement;
}
