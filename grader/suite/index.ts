/**
 * What a suite is written with: claims that say in a sentence what should have been, campaigns that run a scenario on many seeds,
 * explorations of all states, and the count of rounds that the work under test used.
 */

export { type CampaignOptions, type CampaignResult, campaign, stage } from "./campaign.ts";
export { Broken, claim, same } from "./claim.ts";
export { explored } from "./explored.ts";
export { rounds } from "./rounds.ts";
