// node:fs over a disk in memory: memfs.
export { createFiles } from "../node/fs/module.js";
