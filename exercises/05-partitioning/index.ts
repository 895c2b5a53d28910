export { Directory, Router } from "./directory.ts";
export { hashKey, joinSlots, leaveSlots, nodeByModulo, slotOf, spreadSlots } from "./hash.ts";
export { Mover } from "./mover.ts";
export { createRangeStore, saltedKey, saltedRanges, splitKey } from "./range.ts";
export { createRing } from "./ring.ts";
export { Server } from "./server.ts";
