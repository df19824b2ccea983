// The ICU data that Node carries in its own executable, so that the sandbox formats with the data
// of the very Node that it is compared with.
import { readFileSync } from "node:fs";

const MAGIC = Buffer.from([0xda, 0x27]);

// An archive begins with a header (its size, the magic bytes, "CmnD"), then a table of contents.
function tableAt(bytes, start) {
  if (bytes.toString("latin1", start + 12, start + 16) !== "CmnD") return undefined;
  const base = start + bytes.readUInt16LE(start);
  const count = bytes.readUInt32LE(base);
  return count > 1000 && count < 100_000 ? { base, count } : undefined;
}

function findTable(bytes) {
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    const table = at >= 2 ? tableAt(bytes, at - 2) : undefined;
    if (table !== undefined) return table;
  }
  throw new Error("this Node carries no ICU data: the prelude needs a Node built with full ICU");
}

/** The items of the archive by name without its prefix, such as "curr/de.res", as bytes. */
export function readArchive(executable) {
  const bytes = readFileSync(executable);
  const { base, count } = findTable(bytes);
  const entries = Array.from({ length: count }, (_, i) => {
    const name = base + bytes.readUInt32LE(base + 4 + 8 * i);
    const path = bytes.toString("latin1", name, bytes.indexOf(0, name));
    return { path: path.slice(path.indexOf("/") + 1), offset: base + bytes.readUInt32LE(base + 8 + 8 * i) };
  });
  const items = new Map();
  entries.forEach(({ path, offset }, i) => {
    // Nothing states the last item's size; no reader looks past its own.
    items.set(path, bytes.subarray(offset, entries[i + 1]?.offset ?? offset + 1_000_000));
  });
  return items;
}
