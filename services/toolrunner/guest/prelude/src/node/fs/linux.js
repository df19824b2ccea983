// Operations on names, as Linux does them: memfs leaves these open.
import { createEisdirError, createError, FsEvent } from "@jsonjoy.com/fs-core";
import { constants } from "@jsonjoy.com/fs-node-utils";

const CREATE = 0;
const MOVE = 4;
const { S_IFDIR } = constants;

const baseOf = (path) => path.replace(/\/+$/, "").split("/").at(-1);
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

function isAbove(folder, link) {
  for (let at = link; at; at = at.parent) if (at === folder) return true;
  return false;
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

  function link(from, to) {
    const found = within(disk, "link", from, to, () => disk.getLinkOrThrow(from, "link"));
    const folder = within(disk, "link", from, to, () => disk.getLinkParentAsDirOrThrow(to, "link"));
    const name = disk.filenameToSteps(to).at(-1);
    if (name === undefined || folder.getChild(name)) throw createError("EEXIST", "link", from, to);
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
    const at = within(disk, "rename", from, to, () => disk.getLinkOrThrow(from, "rename"));
    const folder = within(disk, "rename", from, to, () => disk.getLinkParentAsDirOrThrow(to, "rename"));
    const name = disk.filenameToSteps(to).at(-1);
    if (name === undefined || !at.parent) throw createError("EBUSY", "rename", from, to);
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

  // Made one by one, so that the error is that of the first folder that cannot be made.
  function mkdirp(path, mode) {
    const steps = disk.filenameToSteps(path);
    let first;
    for (let i = 1; i <= steps.length; i++) {
      const at = `/${steps.slice(0, i).join("/")}`;
      const found = disk.walk(at, true, true, true, "mkdir");
      if (found.ok && found.value.getNode().isDirectory()) continue;
      if (found.ok) throw createError(i === steps.length ? "EEXIST" : "ENOTDIR", "mkdir", path);
      if (found.err.code !== "ENOENT") throw createError(found.err.code, "mkdir", path);
      within(disk, "mkdir", path, undefined, () => mkdir(at, mode));
      first ??= at;
    }
    return first;
  }

  function rmdir(path, recursive = false) {
    const link = disk.getLinkAsDirOrThrow(path, "rmdir");
    const name = baseOf(path);
    if (!link.parent) throw createError("EBUSY", "rmdir", path);
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
    if (!link.parent) throw createError("EBUSY", "rm", path);
    checkFolder(link.parent, "rm", path);
    disk.drop(link);
  }

  const ownMkdir = (path, mode) => {
    if (isSpecial(baseOf(path)) && disk.walk(path, true, true, true, "mkdir").ok) throw createError("EEXIST", "mkdir", path);
    within(disk, "mkdir", path, undefined, () => mkdir(path, (mode & 0o7777) | S_IFDIR));
  };

  function ownSymlink(target, path) {
    within(disk, "symlink", target, path, () => symlink(target, path));
  }

  return { link, mkdir: ownMkdir, mkdirp, rename, rm, rmdir, symlink: ownSymlink, unlink };
}
