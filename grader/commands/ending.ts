/** Ends the forks before the grader itself is ended by a signal. Gives back a function that takes this back. */
export function endWith(abandon: () => void): () => void {
  const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const listeners = Object.entries(statuses).map(([signal, status]) => {
    const listener = () => {
      abandon();
      process.exit(status);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const release of listeners) release();
  };
}
