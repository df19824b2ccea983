// fs.Stats with Node's fields in Node's order; the dates are getters of the prototype.
import { Stats, Dirent } from "@jsonjoy.com/fs-node";

const TIMES = ["atime", "mtime", "ctime", "birthtime"];
const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;
const DEVICE = 1;

Object.defineProperty(Stats, "name", { value: "Stats", configurable: true });
class BigIntStats extends Stats {}
Object.defineProperty(BigIntStats, "name", { value: "BigIntStats" });

for (const name of TIMES) {
  Object.defineProperty(Stats.prototype, name, {
    get() { return new Date(Math.round(Number(this[`${name}Ms`]))); },
    set(value) { Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true }); },
    enumerable: true,
    configurable: true,
  });
}

function fieldsOf(node) {
  const { mode, nlink, uid, gid, rdev, ino } = node;
  const size = node.getSize();
  const blocks = Math.ceil(size / BLOCK_BYTES) * (BLOCK_BYTES / SECTOR_BYTES);
  const { atime, mtime, ctime, btime } = node;
  const times = { atimeMs: +atime, mtimeMs: +mtime, ctimeMs: +ctime, birthtimeMs: +btime };
  return { dev: DEVICE, mode, nlink, uid, gid, rdev, blksize: BLOCK_BYTES, ino, size, blocks, ...times };
}

/** Stats of a node of the disk. */
export function statsOf(node, bigint) {
  const fields = fieldsOf(node);
  if (!bigint) return Object.assign(Object.create(Stats.prototype), fields);
  const stats = Object.create(BigIntStats.prototype);
  for (const [name, value] of Object.entries(fields)) stats[name] = BigInt(Math.trunc(value));
  for (const name of TIMES) stats[`${name}Ns`] = stats[`${name}Ms`] * 1_000_000n;
  return stats;
}

// memfs makes its stats through these.
Stats.build = statsOf;

export { Dirent, Stats };
