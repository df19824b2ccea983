// The functions of node:fs in Node's order, with the number of parameters that Node declares.

const CALLBACKS =
  "appendFile4 access3 chown4 chmod3 close1 copyFile4 cp4 exists2 fchown4 fchmod3 fdatasync2 fstat1 " +
  "fsync2 ftruncate1 futimes4 glob3 lchown4 link3 lstat1 lutimes4 mkdir3 mkdtemp3 open4 readdir3 read6 " +
  "readv4 readFile3 readlink3 rename3 rm3 rmdir3 stat1 statfs1 symlink4 truncate3 unlink2 utimes4 " +
  "writeFile4 write6 writev4 opendir3";
const SYNC =
  "appendFileSync3 accessSync2 chownSync3 chmodSync2 closeSync1 copyFileSync3 cpSync3 existsSync1 " +
  "fchownSync3 fchmodSync2 fdatasyncSync1 fstatSync1 fsyncSync1 ftruncateSync1 futimesSync3 globSync2 " +
  "lchownSync3 linkSync2 lstatSync1 lutimesSync3 mkdirSync2 mkdtempSync2 openSync3 readdirSync2 " +
  "readSync5 readvSync3 readFileSync2 readlinkSync2 renameSync2 rmSync2 rmdirSync2 statSync1 " +
  "statfsSync1 symlinkSync3 truncateSync2 unlinkSync1 utimesSync3 writeFileSync3 writeSync5 writevSync3 " +
  "opendirSync2";
const PROMISES =
  "access1 copyFile3 cp3 open3 opendir3 rename2 truncate1 rm2 rmdir2 mkdir2 readdir2 readlink2 " +
  "symlink3 lstat1 stat1 statfs1 link2 unlink1 chmod2 lchown3 chown3 utimes3 lutimes3 realpath2 " +
  "mkdtemp2 writeFile3 appendFile3 readFile2";

const read = (text) => text.split(" ").map((item) => [item.slice(0, -1), +item.slice(-1)]);

/** `[name, length]` of each function, by kind. */
export const shapes = { callbacks: read(CALLBACKS), sync: read(SYNC), promises: read(PROMISES) };

/** `call` as a function with Node's name and length. */
export function shaped(name, length, call) {
  Object.defineProperty(call, "name", { value: name, configurable: true });
  Object.defineProperty(call, "length", { value: length, configurable: true });
  return call;
}
