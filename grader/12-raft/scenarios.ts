import { campaigns } from "./campaigns.ts";
import { electionStories } from "./election-stories.ts";
import { membershipStories } from "./membership-stories.ts";
import { persistenceStories } from "./persistence-stories.ts";
import { repartition, replicationStories } from "./replication-stories.ts";
import { snapshotStories } from "./snapshot-stories.ts";
import { textStories } from "./text-stories.ts";
import { undisturbedScenarios } from "./undisturbed-scenarios.ts";

export const scenarios = {
  ...electionStories,
  ...replicationStories,
  ...persistenceStories,
  ...snapshotStories,
  ...membershipStories,
  repartition,
  ...campaigns,
  ...undisturbedScenarios,
  ...textStories,
};

export { explorations } from "./explorations.ts";
