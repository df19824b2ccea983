// Single uses of `fs`, by label; each gives a JSON value that is the same in Node and in the sandbox.
import { failure } from "./play.js";

const once = (emitter, name) => new Promise((resolve) => emitter.once(name, (...given) => resolve(given)));

async function outcome(work) {
  try {
    return { value: (await work()) ?? null };
  } catch (error) {
    return failure(error);
  }
}

const called = (call) => new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));

// The arguments behind the path that a function needs.
const REST = {
  writeFile: ["x"], appendFile: ["x"], rename: ["/absent/b"], copyFile: ["/absent/b"], link: ["/absent/b"], cp: ["/absent/b"],
  chmod: [0o600], lchmod: [0o600], chown: [0, 0], lchown: [0, 0], utimes: [1, 1], lutimes: [1, 1], open: ["r"],
};
const PATHS =
  "access appendFile chmod chown copyFile cp lchown link lstat lutimes mkdir mkdtemp open opendir readFile readdir readlink " +
  "realpath rename rm rmdir stat statfs truncate unlink utimes writeFile";

// The letters behind the prefix differ.
const withoutLetters = ({ error, value }) => ({ error: JSON.parse(JSON.stringify(error).replaceAll(/(absent\/a)\w{6}/g, "$1")), value });

async function absent(fs) {
  const found = {};
  for (const name of PATHS.split(" ")) {
    const given = ["/absent/a", ...(REST[name] ?? [])];
    found[`${name}Sync`] = await outcome(() => fs[`${name}Sync`](...given));
    found[name] = await outcome(() => called((done) => fs[name](...given, done)));
    found[`promises.${name}`] = await outcome(() => fs.promises[name](...given));
  }
  for (const name of ["mkdtemp", "promises.mkdtemp"]) found[name] = withoutLetters(found[name]);
  found.existsSync = fs.existsSync("/absent/a");
  found.exists = await new Promise((resolve) => fs.exists("/absent/a", resolve));
  found.native = await outcome(() => fs.realpathSync.native("/absent/a"));
  found.soft = await outcome(() => fs.statSync("/absent/a", { throwIfNoEntry: false }));
  found.watch = await outcome(() => fs.watch("/absent/a"));
  found.symlink = await outcome(() => fs.symlinkSync("x", "/absent/a"));
  found.empty = await outcome(() => fs.readFileSync(""));
  found.url = await outcome(() => fs.readFileSync(new URL("./data.json", "file:///absent/x.js")));
  return found;
}

function shapes(module) {
  return Object.keys(module).sort().map((name) => {
    const value = module[name];
    return typeof value === "function" ? [name, typeof value, value.length, value.name] : [name, typeof value];
  });
}

async function readEvents(fs) {
  fs.writeFileSync("stream.txt", "0123456789".repeat(20));
  const seen = [];
  const stream = fs.createReadStream("stream.txt", { encoding: "utf8", start: 5, end: 104, highWaterMark: 32 });
  seen.push(stream.pending, stream.path, stream.flags, stream.bytesRead);
  for (const name of ["open", "ready", "end", "close"]) stream.on(name, () => seen.push(name));
  stream.on("data", (piece) => seen.push(piece.length));
  await once(stream, "close");
  return [...seen, stream.bytesRead, stream.destroyed, stream.fd, stream.pending];
}

async function writeEvents(fs) {
  const seen = [];
  const stream = fs.createWriteStream("written.txt");
  for (const name of ["open", "ready", "finish", "close", "drain"]) stream.on(name, () => seen.push(name));
  seen.push(stream.pending, stream.write("abc"), stream.write(Buffer.from("déf")), stream.bytesWritten);
  stream.end("end", () => seen.push("ended"));
  await once(stream, "close");
  const more = fs.createWriteStream("written.txt", { flags: "r+", start: 1 });
  more.end("ZZ");
  await once(more, "close");
  const added = fs.createWriteStream("written.txt", "latin1");
  added.end("ü");
  await once(added, "close");
  return [...seen, stream.bytesWritten, fs.readFileSync("written.txt", "hex")];
}

async function failingStreams(fs) {
  const seen = [];
  const watch = (name, stream) => {
    for (const event of ["open", "ready", "error", "end", "close"]) stream.on(event, (error) => seen.push([name, event, error?.code ?? null]));
    return once(stream, "close");
  };
  await watch("read", fs.createReadStream("none/x"));
  await watch("write", fs.createWriteStream("none/x"));
  await watch("folder", fs.createReadStream(".").resume());
  const stopped = fs.createWriteStream("stopped.txt");
  stopped.destroy(new Error("enough"));
  await watch("stopped", stopped);
  const closed = fs.createReadStream("stream.txt");
  closed.close();
  await watch("closed", closed);
  return seen;
}

async function handles(fs) {
  const handle = await fs.promises.open("handle.txt", "w+");
  const wrote = await handle.write("hello world");
  const second = await handle.write(Buffer.from("HE"), 0, 2, 0);
  const read = await handle.read(Buffer.alloc(5), 0, 5, 0);
  await handle.appendFile("!");
  const size = (await handle.stat()).size;
  await handle.truncate(5);
  const text = await fs.promises.readFile("handle.txt", "utf8");
  await handle.writev([Buffer.from("a"), Buffer.from("b")], 0);
  const vector = await handle.readv([Buffer.alloc(1), Buffer.alloc(2)], 0);
  await handle.sync();
  await handle.datasync();
  await handle.utimes(1, 2);
  const time = (await handle.stat()).mtimeMs;
  await handle.close();
  const late = await outcome(() => handle.read(Buffer.alloc(1)));
  const other = await fs.promises.open("handle.txt");
  let streamed = "";
  for await (const piece of other.createReadStream({ encoding: "utf8" })) streamed += piece;
  return { wrote: wrote.bytesWritten, second: second.bytesWritten, read: read.buffer.toString(), size, text, vector: [vector.bytesRead, vector.buffers.map(String)], time, late, streamed, closed: other.fd };
}

function descriptors(fs) {
  const fd = fs.openSync("fd.txt", "w+");
  const counts = [fs.writeSync(fd, "abcdef"), fs.writeSync(fd, "XY", 1), fs.writeSync(fd, Buffer.from("12345"), 1, 2), fs.writevSync(fd, [Buffer.from("p"), Buffer.from("q")])];
  const buffer = Buffer.alloc(4);
  counts.push(fs.readSync(fd, buffer, 0, 4, 0), fs.readSync(fd, buffer, { position: 2, length: 2 }), fs.readvSync(fd, [Buffer.alloc(3)], 0));
  fs.ftruncateSync(fd, 3);
  const size = fs.fstatSync(fd).size;
  fs.fchmodSync(fd, 0o600);
  fs.futimesSync(fd, 5, 6);
  const { mode, mtimeMs } = fs.fstatSync(fd);
  fs.closeSync(fd);
  const append = fs.openSync("fd.txt", "a+");
  fs.writeSync(append, "end", 0);
  fs.closeSync(append);
  return { counts, buffer: buffer.toString(), size, mode, mtimeMs, text: fs.readFileSync("fd.txt", "latin1"), isFd: fd > 2 };
}

async function badArguments(fs) {
  fs.writeFileSync("fd.txt", "");
  const tries = {
    noPath: () => fs.readFileSync(), number: () => fs.existsSync(1), object: () => fs.readFileSync({}), nul: () => fs.readFileSync("a\0b"),
    closed: () => fs.closeSync(9999), fdText: () => fs.closeSync("1"), encoding: () => fs.readFileSync("fd.txt", "nonsense"),
    flags: () => fs.openSync("fd.txt", "zz"), callback: () => fs.readFile("fd.txt"), notFunction: () => fs.stat("fd.txt", 1, 2),
    data: () => fs.writeFileSync("x.txt", {}), mode: () => fs.chmodSync("fd.txt", "9"), length: () => fs.readSync(0, Buffer.alloc(1), 0, 5),
    start: () => fs.createReadStream("fd.txt", { start: -1 }), range: () => fs.createReadStream("fd.txt", { start: 5, end: 2 }),
    streamPath: () => fs.createReadStream(), fileRead: () => fs.readFileSync("."), fileWrite: () => fs.writeFileSync(".", ""), linkAbsent: () => fs.readlinkSync("fd.txt"),
    under: () => fs.readFileSync("fd.txt/x"), dirFile: () => fs.readdirSync("fd.txt"), exclusive: () => fs.openSync("fd.txt", "wx"), long: () => fs.statSync("x".repeat(300)),
  };
  const found = {};
  for (const [name, work] of Object.entries(tries)) {
    const { error, value } = await outcome(work);
    found[name] = error === undefined ? value : [error.name, error.code ?? null];
  }
  return found;
}

async function folders(fs) {
  fs.mkdirSync("tree/one/two", { recursive: true });
  for (const name of ["tree/a.txt", "tree/one/b.md", "tree/one/two/c.txt"]) fs.writeFileSync(name, name);
  fs.symlinkSync("a.txt", "tree/link");
  const listed = fs.readdirSync("tree", { withFileTypes: true }).map((entry) => [entry.name, entry.parentPath, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()]).sort();
  const opened = [];
  for await (const entry of await fs.promises.opendir("tree")) opened.push(entry.name);
  fs.cpSync("tree", "copy", { recursive: true });
  const filtered = await outcome(() => fs.promises.cp("tree", "some", { recursive: true, filter: (from) => !from.endsWith(".md") }));
  const globbed = [fs.globSync("tree/**/*.txt").sort(), fs.globSync("tree/{a,b}.*"), fs.globSync("**/two/*", { cwd: "tree" })];
  const temporary = fs.mkdtempSync("temp-");
  const result = { listed, opened: opened.sort(), copied: fs.readdirSync("copy", { recursive: true }).sort(), some: fs.readdirSync("some", { recursive: true }).sort(), filtered, globbed, real: fs.realpathSync("tree/link").split("/").slice(-2), temporary: /^temp-\w{6}$/.test(temporary), tempMode: fs.statSync(temporary).mode };
  fs.rmSync("tree", { recursive: true });
  return { ...result, gone: fs.existsSync("tree") };
}

// Two operations at once may end in either order in Node.
async function order(fs) {
  const seen = [];
  const done = new Promise((resolve) => fs.stat(".", () => resolve(seen.push("stat"))));
  process.nextTick(() => seen.push("tick"));
  Promise.resolve().then(() => seen.push("promise"));
  seen.push("sync");
  await done;
  return seen;
}

function statShape(fs) {
  const stat = fs.statSync(".");
  const big = fs.statSync(".", { bigint: true });
  return [Object.keys(stat), typeof stat.mtime.getTime(), stat instanceof fs.Stats, typeof big.mtimeNs, typeof big.size, stat.isFIFO()];
}

/** Cases by label; `util` is the module. */
export const cases = {
  absent, badArguments, descriptors, failingStreams, folders, handles, order, readEvents, statShape, writeEvents,
  exports: (fs) => shapes(fs),
  promises: (fs) => shapes(fs.promises),
  constants: (fs) => [{ ...fs.constants }, fs.F_OK, fs.R_OK, fs.W_OK, fs.X_OK],
  async promisified(fs, { promisify }) {
    fs.writeFileSync("p.txt", "abc");
    const fd = fs.openSync("p.txt");
    const { bytesRead, buffer } = await promisify(fs.read)(fd, Buffer.alloc(2), 0, 2, 0);
    return [await promisify(fs.exists)("p.txt"), (await promisify(fs.readFile)("p.txt")).toString(), bytesRead, buffer.toString()];
  },
  watching(fs) {
    const watcher = fs.watch(".");
    watcher.close();
    fs.watchFile("p.txt", () => {});
    fs.unwatchFile("p.txt");
    return [typeof watcher.on, typeof watcher.ref];
  },
};
