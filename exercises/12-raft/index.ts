export { isQuorum, isUpToDate } from "./election.ts";
export { latestMembers } from "./membership.ts";
export { Raft } from "./raft.ts";
export { majorityIndex } from "./replication.ts";
