/** Being asked to stop, as a port: Ctrl-C and a service manager's SIGTERM. */

export interface Signals {
  /** Aborts at the first SIGINT or SIGTERM after this call; from then on these no longer end the process by themselves. */
  onStop(): AbortSignal;
}

export const processSignals: Signals = {
  onStop() {
    const stop = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(name));
    return stop.signal;
  },
};
