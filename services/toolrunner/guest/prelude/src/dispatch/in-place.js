// What a hook changes in place: the next call begins anew from the loaded bundle, so nothing after it would see that.
import { isStandIn } from "../load/standins.js";
import { Dishonoured } from "./hook-values.js";
import { isHolder, isPlain } from "./names.js";

const MAX_MEMBERS = 20_000;
const DEPTH = 4;

// All members of an object, to their depth: those of objects that no class made, and of `root` whatever it is.
function addMembers(root, found, seen, depth) {
  if (!isHolder(root) || seen.has(root) || isStandIn(root)) return;
  seen.add(root);
  if (root instanceof Map) found.push(...[...root].flat());
  for (const key of Reflect.ownKeys(root)) {
    if (found.length > MAX_MEMBERS) return;
    const { value, get, set } = Object.getOwnPropertyDescriptor(root, key) ?? {};
    found.push(key, get ?? value, set);
    if (depth > 0 && (Array.isArray(value) || isPlain(value))) addMembers(value, found, seen, depth - 1);
  }
}

function membersOf(roots) {
  const [found, seen] = [[], new Set()];
  for (const root of roots) addMembers(root, found, seen, DEPTH);
  return found;
}

const isSame = (now, before) => now.length === before.length && now.every((each, at) => Object.is(each, before[at]));

/**
 * What `ask()` returns, if it leaves everything as it was. `look()` gives, by names, lists of objects that
 * later calls would find changed, or a promise of it: what differs afterwards is Dishonoured.
 */
export async function askUnchanged(look, ask) {
  const before = Object.entries(await look()).map(([name, roots]) => [name, membersOf(roots)]);
  const said = await ask();
  const now = await look();
  for (const [name, members] of before) {
    if (!isSame(membersOf(now[name]), members)) {
      throw new Dishonoured(`it changes the agent's \`${name}\` in place, which nothing after it would see; return the change instead`);
    }
  }
  return said;
}

/** The tools in an object or a list, with what holds them, as `askUnchanged` looks at them. */
export const withTools = (tools) => [tools, ...(isHolder(tools) && !isStandIn(tools) ? Object.values(Object.getOwnPropertyDescriptors(tools)).map(({ value }) => value) : [])];
