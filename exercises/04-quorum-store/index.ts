export { treeHashes } from "./anti-entropy.ts";
export { fallbacks } from "./hints.ts";
export { canStill, isNewer, isQuorum, newest, promises, sizesFor } from "./quorum.ts";
export { repairsOf } from "./repair.ts";
export { Replica } from "./replica.ts";
export { rowToWriteBack } from "./write-back.ts";
