// fs.readdir: memfs's own gives no relative names.
import { createError } from "@jsonjoy.com/fs-core";
import { Dirent } from "@jsonjoy.com/fs-node";
import { join } from "node:path";

/** Makes `readdir(path, {encoding, withFileTypes, recursive})` over `disk`. */
export function readdirOf(disk) {
  return function readdir(path, { encoding, withFileTypes = false, recursive = false }) {
    const top = disk.getResolvedLinkOrThrow(path, "scandir");
    const found = [];
    const folders = [[top, path, ""]];
    for (const [folder, parent, relative] of folders) {
      if (!folder.getNode().isDirectory()) throw createError("ENOTDIR", "scandir", path);
      if (!folder.getNode().canRead()) throw createError("EACCES", "scandir", parent);
      for (const [name, link] of [...folder.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (name === "." || name === "..") continue;
        const entry = Dirent.build(link, encoding, parent);
        if (withFileTypes || !recursive) found.push(withFileTypes ? entry : entry.name);
        else found.push(relative === "" ? entry.name : join(relative, name));
        if (recursive && entry.isDirectory()) folders.push([link, join(parent, name), join(relative, name)]);
      }
    }
    return found;
  };
}
