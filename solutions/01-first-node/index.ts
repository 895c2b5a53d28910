export { Client } from "./client.ts";
export { Front } from "./front.ts";
export { explains, verdict } from "./histories.ts";
export { OnceServer } from "./once-server.ts";
export { Server } from "./server.ts";
