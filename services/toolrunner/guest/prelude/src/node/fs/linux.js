// Operations on names, as Linux does them: memfs leaves these open.
import { createEisdirError, createError, FsEvent } from "@jsonjoy.com/fs-core";
import { constants } from "@jsonjoy.com/fs-node-utils";
import { nameOf } from "./paths.js";

const CREATE = 0;
const MOVE = 4;
const { S_IFDIR } = constants;

const isSpecial = (name) => name === "" || name === "." || name === "..";

// The same error with another name of the operation, or with two paths.
function renamed(error, syscall, path, dest) {
  return error.code === undefined || error.syscall === undefined ? error : createError(error.code, syscall, path, dest);
}

function within(disk, syscall, from, to, find) {
  try {
    return find();
  } catch (error) {
    throw renamed(error, syscall, from, to);
  }
}

// The root is its own parent.
const isRoot = (link) => !link.parent || link.parent === link;

function isAbove(folder, link) {
  for (let at = link; at !== folder; at = at.parent) if (isRoot(at)) return false;
  return true;
}

function* prefixes(path) {
  const whole = path.length > 1 ? path.replace(/\/+$/, "") : path;
  for (let at = whole.indexOf("/", 1); at > 0; at = whole.indexOf("/", at + 1)) yield whole.slice(0, at);
  yield path;
}

/** Operations that replace those of `disk`, an instance of memfs's Superblock. */
export function linuxOperations(disk) {
  const { mkdir, symlink } = disk;

  function unlink(path) {
    const link = disk.getLinkOrThrow(path, "unlink");
    if (link.getNode().isDirectory()) throw createError("EISDIR", "unlink", path);
    checkFolder(link.parent, "unlink", path);
    disk.drop(link);
  }

  function checkFolder(folder, syscall, path, dest) {
    const node = folder.getNode();
    if (!node.canWrite() || !node.canExecute()) throw createError("EACCES", syscall, path, dest);
  }

  // A new name that is no folder cannot end in a slash.
  function checkNew(folder, name, syscall, from, to) {
    if (isSpecial(name) || folder.getChild(name)) throw createError("EEXIST", syscall, from, to);
    if (to.endsWith("/")) throw createError("ENOENT", syscall, from, to);
  }

  function link(from, to) {
    const found = within(disk, "link", from, to, () => disk.getLinkOrThrow(from, "link"));
    const folder = within(disk, "link", from, to, () => disk.getLinkParentAsDirOrThrow(to, "link"));
    const name = nameOf(to);
    checkNew(folder, name, "link", from, to);
    const node = found.getNode();
    if (node.isDirectory()) throw createError("EPERM", "link", from, to);
    checkFolder(folder, "link", from, to);
    node.nlink++;
    const made = folder.createChild(name, node);
    disk.emit(new FsEvent(CREATE, made.steps, node, made));
  }

  function checkReplaced(old, link, from, to) {
    const isFolder = link.getNode().isDirectory();
    if (isFolder && !old.getNode().isDirectory()) throw createError("ENOTDIR", "rename", from, to);
    if (!isFolder && old.getNode().isDirectory()) throw createError("EISDIR", "rename", from, to);
    if (isFolder && old.children.size > 2) throw createError("ENOTEMPTY", "rename", from, to);
  }

  function rename(from, to) {
    const find = (look) => within(disk, "rename", from, to, look);
    find(() => disk.getLinkParentAsDirOrThrow(from, "rename"));
    const folder = find(() => disk.getLinkParentAsDirOrThrow(to, "rename"));
    const at = find(() => disk.getLinkOrThrow(from, "rename"));
    const name = nameOf(to);
    if (isSpecial(name) || isRoot(at)) throw createError("EBUSY", "rename", from, to);
    if (to.endsWith("/") && !at.getNode().isDirectory()) throw createError("ENOTDIR", "rename", from, to);
    if (at.getNode().isDirectory() && isAbove(at, folder)) throw createError("EINVAL", "rename", from, to);
    checkFolder(at.parent, "rename", from, to);
    checkFolder(folder, "rename", from, to);
    const old = folder.getChild(name);
    if (old?.getNode() === at.getNode()) return;
    if (old && isAbove(old, at)) throw createError("ENOTEMPTY", "rename", from, to);
    if (old) checkReplaced(old, at, from, to);
    if (old) disk.drop(old);
    move(at, folder, name);
  }

  function move(link, folder, name) {
    const before = link.steps;
    link.parent.deleteChild(link);
    link.name = name;
    link.parent = folder;
    link.syncSteps();
    folder.setChild(name, link);
    disk.emit(new FsEvent(MOVE, link.steps, link.getNode(), link, before));
  }

  // Made one by one, so that the error is that of the first folder that cannot be made. Returns the
  // first that was made, as the caller spelled it.
  function mkdirp(path, mode) {
    let first;
    for (const at of prefixes(path)) {
      const found = disk.walk(at, true, true, true, "mkdir");
      if (found.ok && found.value.getNode().isDirectory()) continue;
      if (found.ok) throw createError(at.length < path.length ? "ENOTDIR" : "EEXIST", "mkdir", path);
      if (found.err.code !== "ENOENT") throw createError(found.err.code, "mkdir", path);
      const isDangling = disk.walk(at, false, true, true, "mkdir").ok;
      if (isDangling) throw createError(at === path ? "ENOENT" : "ENOTDIR", "mkdir", at);
      within(disk, "mkdir", path, undefined, () => mkdir(at, mode));
      first ??= at;
    }
    return first;
  }

  function rmdir(path, recursive = false) {
    const link = disk.getLinkAsDirOrThrow(path, "rmdir");
    const name = nameOf(path);
    if (isRoot(link)) throw createError("EBUSY", "rmdir", path);
    if (name === ".") throw createError("EINVAL", "rmdir", path);
    if (link.children.size > 2 && !recursive) throw createError("ENOTEMPTY", "rmdir", path);
    checkFolder(link.parent, "rmdir", path);
    disk.drop(link);
  }

  function rm(path, force = false, recursive = false) {
    let link;
    try {
      link = disk.getLinkOrThrow(path, "lstat");
    } catch (error) {
      if (error.code === "ENOENT" && force) return;
      throw error;
    }
    if (link.getNode().isDirectory() && !recursive) throw createEisdirError("rm", path);
    if (isRoot(link)) throw createError("EBUSY", "rm", path);
    checkFolder(link.parent, "rm", path);
    disk.drop(link);
  }

  const ownMkdir = (path, mode) => {
    if (isSpecial(nameOf(path)) && disk.walk(path, true, true, true, "mkdir").ok) throw createError("EEXIST", "mkdir", path);
    within(disk, "mkdir", path, undefined, () => mkdir(path, (mode & 0o7777) | S_IFDIR));
  };

  function ownSymlink(target, path) {
    const folder = within(disk, "symlink", target, path, () => disk.getLinkParentAsDirOrThrow(path, "symlink"));
    if (target !== "") checkNew(folder, nameOf(path), "symlink", target, path);
    within(disk, "symlink", target, path, () => symlink(target, `${folder.getPath()}/${nameOf(path)}`));
  }

  return { link, mkdir: ownMkdir, mkdirp, rename, rm, rmdir, symlink: ownSymlink, unlink };
}
