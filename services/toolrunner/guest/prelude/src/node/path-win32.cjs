// node:path/win32: drives, shares, and both slashes.
const { matchesGlob } = require("./globs.cjs");

const SLASH = /[\\/]/;

function check(value, name = "path") {
  if (typeof value === "string") return;
  const shown = value === null || value === undefined ? `${value}` : `type ${typeof value}`;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type string. Received ${shown}`), { code: "ERR_INVALID_ARG_TYPE" });
}

/** `{device, root, rest}`: a drive or share, the slash after it as it is, and what follows. */
function split(path) {
  const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)(?:([\\/])|$)/.exec(path);
  if (share !== null) return { device: `\\\\${share[1]}\\${share[2]}`, root: "\\", given: share[0], rest: path.slice(share[0].length), isShare: true };
  const drive = /^([A-Za-z]:)([\\/]?)/.exec(path);
  if (drive !== null) return { device: drive[1], root: drive[2] && "\\", given: drive[0], rest: path.slice(drive[0].length), isShare: false };
  const root = SLASH.test(path[0] ?? "") ? path[0] : "";
  return { device: "", root: root && "\\", given: root, rest: path.slice(root.length), isShare: false };
}

function tidy(rest, isAbsolute) {
  const parts = [];
  for (const part of rest.split(/[\\/]+/)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isAbsolute) parts.push(part);
  }
  return parts.join("\\");
}

const isAbsolute = (path) => (check(path), /^(?:[A-Za-z]:)?[\\/]/.test(path));

function normalize(path) {
  check(path);
  if (path.length === 0) return ".";
  const { device, root, rest, isShare } = split(path);
  let tail = tidy(rest, root !== "");
  if (tail === "" && root === "") tail = ".";
  if (tail !== "" && SLASH.test(path.at(-1)) && rest !== "") tail += "\\";
  if (isShare && tail === "") return `${device}\\`;
  return device + root + tail;
}

function join(...parts) {
  parts.forEach((part) => check(part));
  const given = parts.filter((part) => part !== "");
  if (given.length === 0) return ".";
  let joined = given.join("\\");
  // Two slashes of a first part that is one share stay; others would make a share of two folders.
  const isShare = /^[\\/]{2}[^\\/]/.test(given[0]);
  if (!isShare) joined = joined.replace(/^[\\/]{2,}/, "\\");
  return normalize(joined);
}

function resolve(...parts) {
  let device = "";
  let tail = "";
  let absolute = false;
  for (const path of [...parts].reverse().concat(["C:\\"])) {
    check(path);
    if (path === "") continue;
    const { device: own, root, rest } = split(path);
    if (own !== "" && device !== "" && own.toLowerCase() !== device.toLowerCase()) continue;
    if (device === "") device = own;
    if (!absolute) {
      tail = `${rest}\\${tail}`;
      absolute = root !== "";
    }
    if (absolute && device !== "") break;
  }
  return (device + (absolute ? "\\" : "") + tidy(tail, absolute)) || ".";
}

function dirname(path) {
  check(path);
  if (path.length === 0) return ".";
  const { given, rest } = split(path);
  const end = rest.replace(/[\\/]+$/, "");
  const at = Math.max(end.lastIndexOf("\\"), end.lastIndexOf("/"));
  if (at >= 0) return given + end.slice(0, at);
  return given === "" ? "." : given;
}

function basename(path, suffix) {
  check(path);
  if (suffix !== undefined) check(suffix, "suffix");
  const tail = path.replace(/^[A-Za-z]:/, "").replace(/[\\/]+$/, "");
  const base = tail.slice(Math.max(tail.lastIndexOf("\\"), tail.lastIndexOf("/")) + 1);
  return suffix && base.endsWith(suffix) && base !== suffix ? base.slice(0, -suffix.length) : base;
}

function extname(path) {
  const base = basename(path);
  const at = base.lastIndexOf(".");
  return at <= 0 || /^\.+$/.test(base) && base.length <= 2 ? "" : base.slice(at);
}

function parse(path) {
  check(path);
  const { given } = split(path);
  const root = given;
  const base = path.length > root.length ? basename(path) : "";
  const ext = extname(base);
  const isBare = given === "" && !SLASH.test(path.replace(/[\\/]+$/, ""));
  const dir = path === "" || isBare ? "" : dirname(path);
  return { root, dir, base, ext, name: ext === "" ? base : base.slice(0, -ext.length) };
}

function format(object) {
  if (typeof object !== "object" || object === null) throw Object.assign(new TypeError('The "pathObject" argument must be of type object.'), { code: "ERR_INVALID_ARG_TYPE" });
  const dir = object.dir || object.root;
  const ext = object.ext ? `${object.ext.startsWith(".") ? "" : "."}${object.ext}` : "";
  const base = object.base || `${object.name || ""}${ext}`;
  if (!dir) return base;
  return dir === object.root ? `${dir}${base}` : `${dir}\\${base}`;
}

function relative(from, to) {
  check(from, "from");
  check(to, "to");
  const [one, two] = [resolve(from), resolve(to)];
  if (one.toLowerCase() === two.toLowerCase()) return "";
  const [a, b] = [split(one), split(two)];
  if (a.device.toLowerCase() !== b.device.toLowerCase()) return two;
  const [up, down] = [a.rest, b.rest].map((rest) => rest.split("\\").filter((part) => part !== ""));
  let same = 0;
  while (same < up.length && same < down.length && up[same].toLowerCase() === down[same].toLowerCase()) same++;
  return [...up.slice(same).map(() => ".."), ...down.slice(same)].join("\\");
}

function toNamespacedPath(path) {
  if (typeof path !== "string" || path.length === 0) return path;
  const whole = resolve(path);
  if (/^\\\\[^?.]/.test(whole)) return `\\\\?\\UNC\\${whole.slice(2)}`;
  return /^[A-Za-z]:\\/.test(whole) ? `\\\\?\\${whole}` : path;
}

module.exports = {
  resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename, extname, format, parse,
  matchesGlob: (path, pattern) => matchesGlob(path, pattern, "\\"),
  sep: "\\", delimiter: ";", _makeLong: toNamespacedPath,
};
