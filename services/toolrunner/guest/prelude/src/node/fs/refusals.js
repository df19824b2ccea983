// Which errors stand for a refusal: the sandbox has none of the host's files, so a file that the
// program never had is missing because of the sandbox.

/** The sentence about a file that is not there. */
export const NO_FILES = "the sandbox has no file system; bundle the data in, or pass it as input";

const isThenable = (value) => typeof value?.then === "function";

/**
 * Makes `blame(error, name)`, which marks errors of function `name` ("fs.readFileSync") and returns
 * them, and `blamed(name, call)`, which does so for what `call` throws or rejects with.
 */
export function refusals(disk, mark) {
  function blame(error, name) {
    if (error?.code !== "ENOENT" || typeof error.path !== "string" || error.syscall === undefined) return error;
    if (!disk.onceHad(error.path)) mark(error, `this tool called ${name}: ${NO_FILES} (${error.message})`);
    return error;
  }

  function blamed(name, call) {
    let result;
    try {
      result = call();
    } catch (error) {
      throw blame(error, name);
    }
    if (!isThenable(result) || !(result instanceof Promise)) return result;
    return result.then(undefined, (error) => {
      throw blame(error, name);
    });
  }

  return { blame, blamed };
}
