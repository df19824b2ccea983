// Runs the cases and the random sequences in the folder `folder`, which must be the working directory.
import { cases } from "./cases.js";
import { failure, play, withoutRoot } from "./play.js";

/** `{cases, plays}`: the results by label and by seed. */
export async function run(fs, util, folder, { seeds, steps, reset }) {
  const results = { cases: {}, plays: {} };
  for (const [name, work] of Object.entries(cases)) {
    try {
      results.cases[name] = withoutRoot(await work(fs, util), folder);
    } catch (error) {
      results.cases[name] = failure(error);
    }
  }
  for (const seed of seeds) {
    reset();
    results.plays[seed] = await play(fs, folder, seed, steps);
  }
  return results;
}
