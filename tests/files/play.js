// Plays random sequences of file operations: the same seed gives the same operations on any `fs`.
// Results are plain JSON, without what differs between disks (inode numbers, times, the root's path).

function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { next, pick: (list) => list[Math.floor(next() * list.length)], below: (n) => Math.floor(next() * n) };
}

const NAMES = ["a", "b", "c", "a/x", "a/y", "b/x", "a/x/z", "b/x/y", "c/d/e", "no/way", "./b", "a/../b", "é ü"];

let root = "/";

function pathOf({ pick, next }) {
  const name = pick(NAMES);
  return next() < 0.15 ? `${root}/${name}` : name;
}

const kindOf = (entry) => ["isFile", "isDirectory", "isSymbolicLink"].filter((name) => entry[name]()).join();
const ofFile = (stat, value) => (stat.isDirectory() ? "-" : value);
const statOf = (stat) => ({ kind: kindOf(stat), size: ofFile(stat, stat.size), mode: stat.mode.toString(8), nlink: ofFile(stat, stat.nlink) });
const sorted = (list) => list.map((item) => (typeof item === "string" ? item : `${item.parentPath}|${item.name}|${kindOf(item)}`)).sort();
const bytes = (value) => (typeof value === "string" ? value : Buffer.from(value).toString("latin1"));
const shown = (value) => value ?? null;

// name, the arguments for a chance, and how the result is shown.
const OPERATIONS = {
  writeFile: [(c) => [pathOf(c), c.pick(["", "one", "two\nlines", "ünï"]), c.pick([undefined, "utf8", { flag: "a" }, { flag: "wx" }, { mode: 0o600 }, "latin1"])], shown],
  appendFile: [(c) => [pathOf(c), "+"], shown],
  readFile: [(c) => [pathOf(c), c.pick([undefined, "utf8", "hex", { encoding: "base64" }, { flag: "r+" }])], bytes],
  mkdir: [(c) => [pathOf(c), c.pick([undefined, { recursive: true }, 0o700])], shown],
  rmdir: [(c) => [pathOf(c)], shown],
  rm: [(c) => [pathOf(c), c.pick([undefined, { force: true }, { recursive: true }, { recursive: true, force: true }])], shown],
  unlink: [(c) => [pathOf(c)], shown],
  rename: [(c) => [pathOf(c), pathOf(c)], shown],
  copyFile: [(c) => [pathOf(c), pathOf(c), c.pick([0, 1])], shown],
  link: [(c) => [pathOf(c), pathOf(c)], shown],
  symlink: [(c) => [c.pick(["a", "b", "c", "../a", "x", "no"]), pathOf(c)], shown],
  readlink: [(c) => [pathOf(c)], bytes],
  realpath: [(c) => [pathOf(c)], bytes],
  stat: [(c) => [pathOf(c)], statOf],
  lstat: [(c) => [pathOf(c)], statOf],
  access: [(c) => [pathOf(c), c.pick([0, 2, 4])], shown],
  readdir: [(c) => [pathOf(c), c.pick([undefined, { withFileTypes: true }, { recursive: true }])], sorted],
  truncate: [(c) => [pathOf(c), c.pick([0, 2, 5])], shown],
  chmod: [(c) => [pathOf(c), c.pick([0o700, 0o755])], shown],
  utimes: [(c) => [pathOf(c), 1, 2], shown],
  // Node itself dies of a copy into a folder of its own.
  cp: [(c) => [pathOf(c), c.pick(["k", "l", "no/k"]), c.pick([undefined, { recursive: true }, { recursive: true, errorOnExist: true, force: false }])], shown],
  exists: [(c) => [pathOf(c)], shown],
  opendir: [(c) => [pathOf(c)], shown],
};

/** What a program sees of an error. */
export function failure(error) {
  const plain = {};
  for (const key of ["name", "message", "code", "errno", "syscall", "path", "dest"]) {
    if (error[key] !== undefined) plain[key] = `${error[key]}`;
  }
  return { error: plain };
}

async function way(fs, style, name, given) {
  if (style === "sync") return fs[`${name}Sync`](...given);
  if (style === "promise" && name !== "exists") return fs.promises[name](...given);
  return new Promise((resolve, reject) => {
    if (name === "exists") fs.exists(...given, resolve);
    else fs[name](...given, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

async function shownOf(name, show, value) {
  if (name !== "opendir") return show(value);
  const names = [];
  for await (const entry of value) names.push(entry);
  return sorted(names);
}

async function step(fs, c) {
  const name = c.pick(Object.keys(OPERATIONS));
  const [give, show] = OPERATIONS[name];
  const given = give(c).filter((value, at, all) => value !== undefined || at < all.length - 1);
  const style = c.pick(["sync", "callback", "promise"]);
  let result;
  try {
    result = { value: await shownOf(name, show, await way(fs, style, name, given)) };
  } catch (error) {
    result = failure(error);
  }
  return [name, style, given, result];
}

/** A value as JSON gives it, with `<root>` for the folder in which the operations run. */
export function withoutRoot(value, folder = root) {
  const text = JSON.stringify(value) ?? "null";
  return JSON.parse(text.replaceAll(`${folder}/`, "<root>/").replaceAll(`"${folder}"`, '"<root>"').replaceAll(`'${folder}'`, "'<root>'"));
}

/** Results of `steps` operations from one seed, in the empty folder `folder`, the working directory. */
export async function play(fs, folder, seed, steps) {
  root = folder;
  const c = chance(seed);
  const results = [];
  for (let i = 0; i < steps; i++) results.push(withoutRoot(await step(fs, c)));
  return results;
}
