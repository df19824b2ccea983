// The disk: memfs's tree with what Linux does differently, a size limit, devices, and a memory of
// what the program removed.
import { createError, Superblock } from "@jsonjoy.com/fs-core";
import { constants } from "@jsonjoy.com/fs-node-utils";
import { devices } from "./devices.js";
import { linuxOperations } from "./linux.js";
import { DiskNode } from "./nodes.js";
import { folderOf, ioError, walk } from "./paths.js";

/** Bytes of all files together, with room for the allocator in one block; more is ENOSPC. */
export const DISK_BYTES = 64 * 1024 * 1024 - 64;

const FOLDERS = ["/tmp", "/dev"];
const FIRST_FILE = 3;
const UMASK = 0o022;
const { S_IFDIR, S_IFMT, S_IFLNK } = constants;

/** A file system of one sandbox. `sandbox` is `{process, write(fd, bytes)}`. */
export class Disk extends Superblock {
  constructor(sandbox) {
    super({ process: sandbox.process });
    this.used = 0;
    this.removed = new Set();
    for (const folder of FOLDERS) this.mkdir(folder, 0o777);
    this.chmod("/tmp", 0o1777);
    devices(this, sandbox.write);
    Object.assign(this, linuxOperations(this));
    const { read } = this;
    this.read = (fd, ...rest) => {
      if (this.fds[fd]?.node.isDirectory()) throw createError("EISDIR", "read");
      return read(fd, ...rest);
    };
    this.changes.listen((event) => this.noteRemoval(event));
  }

  noteRemoval({ type, steps, oldSteps }) {
    const gone = type === 1 ? steps : oldSteps;
    if (gone !== undefined) this.removed.add(gone.slice(1).join("/"));
  }

  /** Whether the program itself once had a file or folder at `path`, or above it. */
  onceHad(path) {
    const steps = this.filenameToSteps(path);
    for (let i = 1; i <= steps.length; i++) if (this.removed.has(steps.slice(0, i).join("/"))) return true;
    return false;
  }

  /** Count `bytes` more, or throw ENOSPC. What was deleted is subtracted only when it matters. */
  reserve(bytes, syscall) {
    if (this.used + bytes > DISK_BYTES) this.used = this.measure();
    if (this.used + bytes > DISK_BYTES) throw createError("ENOSPC", syscall);
    this.used += Math.max(bytes, 0);
  }

  measure() {
    let total = 0;
    const nodes = new Set(Object.values(this.inodes));
    for (const { node } of Object.values(this.fds)) nodes.add(node);
    for (const node of nodes) total += node.size;
    return total;
  }

  createNode(mode) {
    const isLink = (mode & S_IFMT) === S_IFLNK;
    const node = new DiskNode(this, this.newInoNumber(), isLink ? mode : mode & ~(this.process.umask?.() ?? UMASK));
    this.inodes[node.ino] = node;
    return node;
  }

  newFdNumber() {
    let fd = FIRST_FILE;
    while (this.fds[fd] !== undefined) fd++;
    return fd;
  }

  walk(target, follow = false, mustExist = false, checkAccess = false, syscall = "", budget = { hops: 0 }) {
    const path = typeof target === "string" ? target : `/${(target.steps?.slice(1) ?? target).join("/")}`;
    return walk(this, path, { follow, mustExist, checkAccess, syscall, budget });
  }

  openFile(path, ...rest) {
    if (path === "") throw ioError("ENOENT", "open", path);
    return super.openFile(path, ...rest);
  }

  /** The folder that holds `path`, links followed; the error names `path`. */
  getLinkParentAsDirOrThrow(given, syscall) {
    const path = given instanceof Array ? `/${given.join("/")}` : given;
    if (path === "") throw ioError("ENOENT", syscall, path);
    const found = this.walk(folderOf(path), true, true, true, syscall);
    if (!found.ok) throw createError(found.err.code, syscall, path);
    if (!found.value.getNode().isDirectory()) throw createError("ENOTDIR", syscall, path);
    return found.value;
  }

  /** Take `link` out of its folder; its node goes with the last link. */
  drop(link) {
    this._emitDeleteRecursive(link);
    this.deleteLink(link);
    this.release(link);
  }

  release(link) {
    for (const [name, child] of link.children) if (name !== "." && name !== "..") this.release(child);
    const node = link.getNode();
    if (node.mode & S_IFDIR && node.isDirectory()) node.nlink = 0;
    else node.nlink--;
    if (node.nlink <= 0) this.deleteNode(node);
  }
}
