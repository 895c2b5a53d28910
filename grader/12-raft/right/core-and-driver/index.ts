export { isQuorum, isUpToDate, majorityIndex } from "./majority.ts";
export { Raft } from "./raft.ts";
export { latestMembers } from "./raft-log.ts";
