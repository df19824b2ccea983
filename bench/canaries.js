// A tenant's bundle of the soak. Its one tool first looks for anything that an earlier call, of this
// tenant or of another, left behind, and then leaves its own canary wherever code can leave one.
// TENANT stands for the tenant's name, so that each tenant's bundle is another.
const runtime = typeof require === "function" ? require("lightfast/tool") : {};
const MARK = "canary-";
const FILL = 0xc5;
let kept = null;
// What a run gives to its own image while the bundle loads; null in an image that runs share.
const given = globalThis.process?.env.CANARY ?? null;
const closure = (() => { let inside = null; return { get: () => inside, set: (v) => (inside = v) }; })();
const PROTOTYPES = {
  Object, Array, Function, String, Number, Promise, Map, Error, RegExp, Uint8Array, ArrayBuffer,
};
const HOLDERS = { runtime, console, JSON, Math, globalThis, exports };
const BUILTINS = { random: Math.random, now: Date.now, stringify: JSON.stringify, log: console.log };

const holds = (value) => {
  if (typeof value === "string") return value.includes(MARK);
  if (typeof value === "function") return Function.prototype.toString.call(value).includes(MARK);
  return value instanceof Uint8Array && value.includes(FILL);
};

const look = () => {
  const found = [];
  const inspect = (where, holder) => {
    for (const key of Reflect.ownKeys(holder)) {
      const value = Reflect.getOwnPropertyDescriptor(holder, key)?.value;
      if (String(key).includes(MARK) || holds(value)) found.push(`${where}.${String(key)}`);
    }
  };
  for (const [name, { prototype }] of Object.entries(PROTOTYPES)) inspect(name, prototype);
  for (const [name, holder] of Object.entries(HOLDERS)) inspect(name, holder);
  if (kept !== null) found.push("module state");
  if (closure.get() !== null) found.push("closure");
  if (Error.prepareStackTrace !== undefined && holds(Error.prepareStackTrace)) found.push("stacks");
  for (let i = 0; i < 8; i++) if (holds(new Uint8Array(8192))) found.push("fresh memory");
  const { random, now, stringify, log } = BUILTINS;
  if (Math.random !== random || Date.now !== now) found.push("clock or chance");
  if (JSON.stringify !== stringify || console.log !== log) found.push("builtins");
  return found;
};

const leave = (canary) => {
  kept = canary;
  closure.set(canary);
  globalThis[canary] = canary;
  globalThis.buffers = Array.from({ length: 8 }, () => new Uint8Array(8192).fill(FILL));
  for (const { prototype } of Object.values(PROTOTYPES)) {
    Object.defineProperty(prototype, canary, { value: canary, configurable: true });
  }
  for (const holder of Object.values(HOLDERS)) {
    try { holder[canary] = canary; } catch { /* frozen */ }
  }
  const tell = (how) => setTimeout(() => { globalThis[`${canary}-${how}`] = canary; console.log(canary); }, how);
  tell(0);
  tell(1);
  tell(60000);
  setInterval(() => console.log(canary), 1);
  Promise.resolve().then(() => { globalThis[`${canary}-job`] = canary; });
  Error.prepareStackTrace = new Function(`return "${canary}"`);
  Symbol.for(canary);
};

const spoil = (canary) => {
  const liar = new Function(`return "${canary}"`);
  Math.random = liar;
  Date.now = liar;
};

const probe = async ({ canary }) => {
  const found = look();
  const chance = Math.random();
  leave(canary);
  console.log(canary);
  spoil(canary);
  return { tenant: "TENANT", found, chance, canary, given };
};

exports.agents = { main: { tools: { probe: { execute: probe } } } };
