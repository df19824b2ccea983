// What a hook changes in place: the next call begins anew from the loaded bundle, so nothing after it would see that.
import { isStandIn } from "../load/standins.js";
import { Dishonoured } from "./hook-values.js";
import { isHolder, isPlain } from "./names.js";

const MAX_MEMBERS = 20_000;
const DEPTH = 4;

let members;
/** Whether two lists of the prelude's own have the same values: the engine's function. */
export let isSameList;

/** Take the engine's functions; called once, at boot. */
export function membersFrom(native) {
  ({ members, isSameList } = native);
}

// What an object holds: its members, and a map's entries. Objects among them are added to `inside`.
function contentsOf(object, inside) {
  const found = members(object, MAX_MEMBERS, inside);
  if (object instanceof Map) for (const entry of object) found.push(entry[0], entry[1]);
  return found;
}

// Adds to `known` what the roots hold, and in turn what objects in there hold that no class made.
function addKnown(roots, known) {
  let left = MAX_MEMBERS;
  let next = roots.filter((root) => isHolder(root) && !isStandIn(root));
  for (let depth = DEPTH; depth >= 0 && next.length > 0; depth--) {
    const inside = [];
    for (const object of next) {
      if (known.has(object) || left < 0) continue;
      if (depth < DEPTH && !Array.isArray(object) && !isPlain(object)) continue;
      const contents = contentsOf(object, inside);
      left -= contents.length;
      known.set(object, contents);
    }
    next = inside;
  }
}

/**
 * What `ask()` returns, if it leaves everything as it was. `all` has, by names, lists of objects that later calls
 * would find changed: what differs afterwards is Dishonoured.
 */
export async function askUnchanged(all, ask) {
  const known = new Map();
  const ends = [];
  for (const name of Object.keys(all)) {
    addKnown(all[name], known);
    ends.push([name, known.size]);
  }
  const said = await ask();
  let at = 0;
  known.forEach((contents, object) => {
    at++;
    if (isSameList(contentsOf(object, []), contents)) return;
    const [name] = ends.find(([, end]) => at <= end);
    throw new Dishonoured(`it changes the agent's \`${name}\` in place, which nothing after it would see; return the change instead`);
  });
  return said;
}

/** The failure of a hook after which an agent has other tools, in a place of its own. */
export const otherTools = () => new Dishonoured("it gives the agent other `tools`, which nothing after it would see");

/** The tools in an object or a list, with what holds them, as `askUnchanged` looks at them. */
export const withTools = (tools) => [tools, ...(isHolder(tools) && !isStandIn(tools) ? members(tools, MAX_MEMBERS, []) : [])];
