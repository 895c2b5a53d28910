export { isUpToDate } from "./ballot.ts";
export { latestMembers } from "./configurations.ts";
export { isQuorum, majorityIndex } from "./quorum.ts";
export { Raft } from "./raft.ts";
