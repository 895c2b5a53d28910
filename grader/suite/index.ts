/**
 * What a suite is written with: claims that say in a sentence what should have been, campaigns that run a scenario on many seeds,
 * explorations of all states, every way in which a crash can fall into a handler, and the count of rounds that the work under test used.
 */

export { type CampaignOptions, type CampaignResult, campaign, stage } from "./campaign.ts";
export { Broken, claim, same } from "./claim.ts";
export { type Crash, crashesAmong } from "./crashes.ts";
export { explored } from "./explored.ts";
export { rounds } from "./rounds.ts";
