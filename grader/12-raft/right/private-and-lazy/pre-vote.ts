// All of it is in raft.ts.
export {};
