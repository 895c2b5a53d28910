export { abortCost, auditWork, commitCost, totalOf, transferWork } from "./bank.ts";
export { Coordinator } from "./coordinator.ts";
export { Participant } from "./participant.ts";
export { serialOrder } from "./serial.ts";
