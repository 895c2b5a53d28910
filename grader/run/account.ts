let accounts: string[] = [];

/** Tells what a test that passed has done, for the report and for those who ask for more seeds. */
export function account(sentence: string): void {
  accounts.push(sentence);
}

/** The accounts since this was last asked. */
export function takeAccounts(): string {
  const taken = accounts.join("\n");
  accounts = [];
  return taken;
}
