/** Ends what the grader has started before it is itself ended by a signal. Gives back a function that takes this back. */
export function endWith(abandon: () => void | Promise<void>): () => void {
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const listeners = Object.entries(statuses).map(([signal, status]) => {
    const listener = async () => {
      await abandon();
      process.exit(status);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const release of listeners) release();
  };
}
