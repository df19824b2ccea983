// Arguments that Node takes and memfs does not, and the other way round.
import { invalidArgType } from "@jsonjoy.com/fs-node-utils/lib/argErrors";

const DATA = "of type string or an instance of Buffer, TypedArray, or DataView";

function bytesOf(data) {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType("data", DATA, data);
}

async function collected(pieces, encoding) {
  const all = [];
  for await (const piece of pieces) all.push(typeof piece === "string" ? Buffer.from(piece, encoding) : bytesOf(piece));
  return Buffer.concat(all);
}

const isSequence = (data) => typeof data === "object" && data !== null && (data[Symbol.asyncIterator] ?? data[Symbol.iterator]) !== undefined;
const encodingOf = (options) => (typeof options === "string" ? options : options?.encoding) ?? "utf8";

function writing(volume, name) {
  const { [name]: asynchronous, [`${name}Sync`]: synchronous } = volume;
  volume[name] = (file, data, ...rest) => asynchronous.call(volume, file, bytesOf(data), ...rest);
  volume[`${name}Sync`] = (file, data, options) => synchronous.call(volume, file, bytesOf(data), options);
  const { promises } = volume;
  const { [name]: promised } = promises;
  promises[name] = async (file, data, options) => {
    const isPieces = isSequence(data) && !ArrayBuffer.isView(data);
    return promised.call(promises, file, isPieces ? await collected(data, encodingOf(options)) : data, options);
  };
}

/** Corrects `volume`, memfs's. */
export function correctArguments(volume) {
  writing(volume, "writeFile");
  writing(volume, "appendFile");
  const { open, openSync } = volume;
  volume.openSync = (path, flags, mode) => openSync(path, flags ?? "r", mode ?? undefined);
  volume.open = (path, flags, mode, callback) => {
    if (typeof flags === "function") return open(path, "r", flags);
    return typeof mode === "function" ? open(path, flags ?? "r", mode) : open(path, flags ?? "r", mode ?? undefined, callback);
  };
}
