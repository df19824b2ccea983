// The settings that the AI SDK's agents and Lightfast's have in common.
const MAX_STEPS = 50;
const NOT_SETTINGS = new Set([
  "id", "model", "instructions", "tools", "stopWhen", "maxSteps", "toolChoice", "activeTools", "output",
]);

/** provider/id, as the model object itself says. */
export function modelName(model) {
  if (typeof model === "string") return model;
  return `${model.provider.split(".")[0]}/${model.modelId}`;
}

/** After how many steps the conditions stop the run, tried one by one; null when they never do. */
export async function stepsOf({ stopWhen, maxSteps }) {
  if (maxSteps !== undefined) return maxSteps;
  const conditions = stopWhen === undefined ? [] : [stopWhen].flat();
  for (let count = 1; count <= MAX_STEPS; count++) {
    const steps = Array.from({ length: count }, () => ({ toolCalls: [] }));
    for (const condition of conditions) if (await condition({ steps })) return count;
  }
  return null;
}

export const plainSettings = (settings) =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !NOT_SETTINGS.has(key)));

/** The texts of instructions, which may be a text, a message or several. */
export const texts = (instructions) =>
  [instructions ?? []].flat().map((each) => (typeof each === "string" ? each : each.content));

/** Agents by the name of their export, a named one before `default`. */
export function exported(module) {
  const names = Object.keys(module).filter((name) => name !== "default");
  const agents = new Map();
  for (const name of "default" in module ? [...names, "default"] : names) {
    if (![...agents.values()].includes(module[name])) agents.set(name, module[name]);
  }
  return agents;
}
