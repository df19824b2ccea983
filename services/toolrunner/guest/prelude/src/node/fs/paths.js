// From a path to the place in the tree, as Linux resolves names: links are followed where they stand,
// so that ".." means the folder above, not the name before.
import { createError } from "@jsonjoy.com/fs-core";

const MAX_LINKS = 40;
const MAX_NAME = 255;
const MAX_PATH = 4095;
const FOLDER_END = /\/\.{0,2}$|^\.{1,2}$/;

const namesOf = (path) => path.split("/").filter((name) => name !== "" && name !== ".").reverse();
const trimmed = (path) => path.replace(/(.)\/+$/, "$1");

/** The last name of a path; "" for the root. */
export const nameOf = (path) => trimmed(path).slice(trimmed(path).lastIndexOf("/") + 1);

/** The path without its last name. */
export function folderOf(path) {
  const whole = trimmed(path);
  const at = whole.lastIndexOf("/");
  return at < 0 ? "." : whole.slice(0, at + 1);
}

/** memfs's error, which does not name an empty path; Node does. */
export function ioError(code, syscall, path) {
  const error = createError(code, syscall, path);
  if (path === "") Object.assign(error, { path, message: `${error.message} ''` });
  return error;
}

function failed(code, syscall, path) {
  const toError = () => ioError(code, syscall, path);
  return { ok: false, err: { code, syscall, path, toError, message: toError().message } };
}

/**
 * memfs's result of a walk: `{ok: true, value}`, the link at `path` or null, or `{ok: false, err}`.
 * A link at the end is followed with `follow`, or when the path ends in a slash.
 */
export function walk(disk, path, { follow, mustExist, checkAccess, syscall, budget }) {
  const fail = (code) => failed(code, syscall, path);
  if (path.length > MAX_PATH) return fail("ENAMETOOLONG");
  if (path === "") return mustExist ? fail("ENOENT") : { ok: true, value: null };
  let isFolder = FOLDER_END.test(path);
  let at = disk.root;
  const left = namesOf(path.startsWith("/") ? path : `${disk.process.cwd()}/${path}`);
  while (left.length > 0) {
    const name = left.pop();
    if (!at.getNode().isDirectory()) return fail("ENOTDIR");
    if (checkAccess && !at.getNode().canExecute()) return fail("EACCES");
    if (name.length > MAX_NAME) return fail("ENAMETOOLONG");
    const next = name === ".." ? at.parent ?? at : at.getChild(name);
    if (!next) return mustExist ? fail("ENOENT") : { ok: true, value: null };
    const { symlink } = next.getNode();
    const isLast = left.length === 0;
    if (!next.getNode().isSymlink() || (isLast && !follow && !isFolder)) {
      at = next;
      continue;
    }
    if (++budget.hops > MAX_LINKS) return fail("ELOOP");
    if (symlink.startsWith("/")) at = disk.root;
    isFolder ||= isLast && FOLDER_END.test(symlink);
    left.push(...namesOf(symlink));
  }
  return isFolder && !at.getNode().isDirectory() ? fail("ENOTDIR") : { ok: true, value: at };
}
