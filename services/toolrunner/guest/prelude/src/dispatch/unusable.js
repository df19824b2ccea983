// Which agents and tools of a load that failed halfway cannot be used, as far as it is known without
// running any: their values were not made, or their functions captured what was not made.
import { toolsOf } from "./agents.js";
import { isHolder, isMethod, isObject, isPlain, keysOf, own, read } from "./names.js";
import { keyIn } from "./tool-names.js";

const CALLED = ["execute", "invoke"];
const MAX_DEPTH = 3;
const MAX_FUNCTIONS = 200;
const MAX_MEMBERS = 100;

export const NOT_CHANGED = "NOT_CHANGED";
export const USES_UNMADE = "USES_UNMADE";

const isHeldBack = (found) => found?.reason === NOT_CHANGED && (found.fault.ends || found.fault.interrupts);

// Objects that a plain object or array holds, but for tools.
function membersOf(value) {
  if (!isPlain(value) && !Array.isArray(value)) return [];
  const keys = keysOf(value).slice(0, MAX_MEMBERS);
  return keys.map((key) => own(value, key)).filter((each) => isObject(each) && !CALLED.some((key) => isMethod(each, key)));
}

/**
 * Makes `faultOfTool(tool)` and `unusableOf(key, agent)`: a list of `{agent, tool, reason, fault}`, without a
 * `tool` where the whole agent is meant. `faultOf(value)`, and so `faultOfTool`, is `{reason, fault}` of a value
 * that does not count as made, `faultOfVariable(name, value)` of a variable; `captured(fn)` lists the variables that a function of the bundle captured.
 */
export function createUnusable({ faultOf, faultOfVariable }, captured) {
  // What a function captured that was not made, also by way of the functions that it captured. What a
  // program that ended itself, or an interrupted function, was still to change may be what the function decides by.
  function leansOn(fn) {
    let unmade;
    const seen = new Set();
    let next = [fn];
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const values = [];
      for (const each of next) {
        if (typeof each !== "function" || seen.has(each) || seen.size > MAX_FUNCTIONS) continue;
        seen.add(each);
        const variables = captured(each) ?? [];
        for (let i = 0; i < variables.length; i += 2) {
          const held = faultOfVariable(variables[i], variables[i + 1]);
          if (held !== undefined) return held;
          values.push(variables[i + 1]);
        }
      }
      for (const value of values) {
        const found = isHolder(value) ? faultOf(value) : undefined;
        const held = [found, ...membersOf(value).map(faultOf)].find(isHeldBack);
        if (held !== undefined) return held;
        if (found !== undefined) unmade ??= { reason: USES_UNMADE, fault: found.fault };
      }
      next = values;
    }
    return unmade;
  }

  function faultOfTool(tool) {
    if (!isHolder(tool)) return undefined;
    const called = CALLED.map((key) => read(tool, key)).find((value) => typeof value === "function") ?? tool;
    return faultOf(tool) ?? faultOf(called) ?? leansOn(called);
  }

  function unusableOf(key, agent) {
    const whole = faultOf(agent);
    if (whole !== undefined) return [{ agent: key, tool: "", ...whole }];
    const tools = toolsOf(agent);
    const found = [];
    if (typeof tools === "function") return found;
    for (const each of keysOf(tools)) {
      const tool = own(tools, each);
      const fault = faultOfTool(tool);
      if (fault !== undefined) found.push({ agent: key, tool: keyIn(tools, each), ...fault });
    }
    return found;
  }

  return { faultOfTool, unusableOf };
}
