// A file, folder or link of the disk: memfs's node, counted by the disk and sized as Linux does.
import { Node } from "@jsonjoy.com/fs-core";

const FOLDER_BYTES = 4096;
// The allocator rounds up to powers of two, its own few bytes included.
const HEAD_BYTES = 64;
const LEAST_BYTES = 256;

function roomFor(bytes) {
  let room = LEAST_BYTES;
  while (room - HEAD_BYTES < bytes) room *= 2;
  return room - HEAD_BYTES;
}

export class DiskNode extends Node {
  constructor(disk, ino, mode) {
    super(ino, mode, disk.process.getuid?.() ?? 0, disk.process.getgid?.() ?? 0);
    Object.defineProperty(this, "disk", { value: disk });
  }

  getSize() {
    if (this.isDirectory()) return FOLDER_BYTES;
    return this.isSymlink() ? Buffer.byteLength(this.symlink) : super.getSize();
  }

  makeSymlink(target) {
    super.makeSymlink(target);
    this.mode |= 0o777;
  }

  write(buffer, offset = 0, length = buffer.length, position = 0) {
    this.disk.reserve(position + length - this.size, "write");
    this.makeRoom(position + length);
    return super.write(asBuffer(buffer), offset, length, position);
  }

  truncate(length = 0) {
    this.disk.reserve(length - this.size, "ftruncate");
    this.makeRoom(length);
    super.truncate(length);
  }

  makeRoom(bytes) {
    if (bytes <= this.capacity) return;
    const grown = Buffer.alloc(roomFor(bytes));
    grown.set(this.buf.subarray(0, this.size));
    this.buf = grown;
    this.capacity = grown.length;
  }

  setBuffer(buffer) {
    this.disk.reserve(buffer.length - this.size, "write");
    super.setBuffer(buffer);
  }

  // The user of the sandbox owns every file of it.
  canRead() {
    return (this.perm & 0o444) !== 0;
  }

  canWrite() {
    return (this.perm & 0o222) !== 0;
  }

  canExecute() {
    return (this.perm & 0o111) !== 0;
  }
}

function asBuffer(bytes) {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
