export { createHlc, decodeHlc, encodeHlc } from "./hlc.ts";
export { canPrecede, compareStamps, createLamportClock } from "./lamport.ts";
export { mergeSiblings, Store, writeVersion } from "./siblings.ts";
export { TransactionServer } from "./truetime.ts";
export { compareVectors, createVectorClock } from "./vector.ts";
