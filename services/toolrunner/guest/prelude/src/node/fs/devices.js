// The devices that programs open by name, and the three files that are open from the start.
import { File } from "@jsonjoy.com/fs-core";
import { constants } from "@jsonjoy.com/fs-node-utils";
import { DiskNode } from "./nodes.js";

const { O_RDWR, S_IFCHR } = constants;

class Device extends DiskNode {
  constructor(disk, ino, write, read) {
    super(disk, ino, S_IFCHR | 0o666);
    Object.defineProperty(this, "ends", { value: { read, write } });
  }

  getSize() {
    return 0;
  }

  read(buffer, offset = 0, length = buffer.byteLength) {
    return this.ends.read(buffer, offset, length);
  }

  write(buffer, offset = 0, length = buffer.length) {
    this.ends.write(buffer.subarray(offset, offset + length));
    return length;
  }

  truncate() {}

  setBuffer() {}
}

const nothing = () => 0;

function zeros(buffer, offset, length) {
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).fill(0, offset, offset + length);
  return length;
}

/** Put `/dev/null` and its like on `disk`; `write(fd, bytes)` shows what goes to standard output. */
export function devices(disk, write) {
  const folder = disk.getLink(["dev"]);
  const place = (name, toWrite, read = nothing) => {
    const node = new Device(disk, disk.newInoNumber(), toWrite, read);
    disk.inodes[node.ino] = node;
    return folder.createChild(name, node);
  };
  place("null", nothing);
  place("zero", nothing, zeros);
  const standard = [["stdin", nothing], ["stdout", (bytes) => write(1, bytes)], ["stderr", (bytes) => write(2, bytes)]];
  standard.forEach(([name, toWrite], fd) => {
    const link = place(name, toWrite);
    disk.fds[fd] = new File(link, link.getNode(), O_RDWR, fd);
  });
}
