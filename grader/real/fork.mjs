/* The door of the fork in which the scenes are played. */
import { register } from "tsx/esm/api";

register();
await import("./player.ts");
