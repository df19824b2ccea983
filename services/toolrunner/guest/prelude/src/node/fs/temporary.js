// Temporary folders that are removed with their scope.

/** Adds `mkdtempDisposableSync` to `fs` and `mkdtempDisposable` to `promises`. */
export function disposableFolders(fs, promises) {
  fs.mkdtempDisposableSync = function mkdtempDisposableSync(prefix, options) {
    const path = fs.mkdtempSync(prefix, options);
    const at = fs.realpathSync(path);
    const remove = () => fs.rmSync(at, { force: true, recursive: true });
    return { path, remove, [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: remove };
  };
  promises.mkdtempDisposable = async function mkdtempDisposable(prefix, options) {
    const path = await promises.mkdtemp(prefix, options);
    const at = await promises.realpath(path);
    const remove = () => promises.rm(at, { force: true, recursive: true });
    return { path, remove, [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: remove };
  };
}
