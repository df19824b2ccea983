// Which errors stand for a refusal: the sandbox has none of the host's files, so a file that the
// program never had is missing because of the sandbox.

/** The sentence about a file that is not there. */
export const NO_FILES = "the sandbox has no file system; bundle the data in, or pass it as input";

const { captureStackTrace } = Error;

const FRAMES = /^ {4}at /m;

// The frames of whoever called, below what the error says of itself: those of memfs would leave no
// room for the program's, and what happened in a later turn has none of them.
function framed(error, origin) {
  if (error?.syscall === undefined || typeof error.stack !== "string") return;
  const [head] = error.stack.split(FRAMES, 1);
  const at = origin.stack?.search(FRAMES) ?? -1;
  if (at < 0) return;
  Object.defineProperty(error, "stack", { value: head + origin.stack.slice(at), writable: true, configurable: true });
}

/** Where a call came from, for `framed`. */
function originOf(call) {
  const origin = {};
  captureStackTrace?.(origin, call);
  return origin;
}

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
    const origin = originOf(blamed);
    let result;
    try {
      result = call();
    } catch (error) {
      framed(error, origin);
      throw blame(error, name);
    }
    if (!(result instanceof Promise)) return result;
    return result.then(undefined, (error) => {
      framed(error, origin);
      throw blame(error, name);
    });
  }

  return { blame, blamed };
}
