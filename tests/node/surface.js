// Lists every export of Node's modules: Node and the sandbox both run it. `surface(names)` gives, by
// module, the kind of each export, and "inert" or "refused" where the sandbox marks it so.
const LEVEL = Symbol.for("caisson.level");

// A class is told from a plain function by what its prototype holds.
function isClass(value) {
  const { value: own } = Object.getOwnPropertyDescriptor(value, "prototype") ?? {};
  if (typeof own !== "object" || own === null) return false;
  return Reflect.ownKeys(own).length > 1 || Object.getPrototypeOf(own) !== Object.prototype;
}

function kindOf(value) {
  if (value === null) return "null";
  return typeof value === "function" && isClass(value) ? "class" : typeof value;
}

function membersOf(module) {
  const found = {};
  for (const name of Object.keys(module)) {
    let value;
    try {
      value = module[name];
    } catch (error) {
      value = error;
    }
    const level = typeof value === "function" ? value[LEVEL] : undefined;
    found[name] = { kind: kindOf(value), level: typeof level === "string" ? level : "real" };
  }
  return found;
}

function surface(names) {
  const found = {};
  for (const name of names) {
    try {
      found[name] = membersOf(require(`node:${name}`));
    } catch (error) {
      found[name] = { threw: error.code ?? `${error}` };
    }
  }
  return found;
}

const publicModules = () => require("node:module").builtinModules.filter((name) => !name.startsWith("_")).map((name) => name.replace(/^node:/, ""));
