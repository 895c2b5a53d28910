export { latestMembers } from "./log.ts";
