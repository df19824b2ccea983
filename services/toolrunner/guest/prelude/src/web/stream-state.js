// Stream state from the polyfill's internals that the standard interface does not expose.

/** Whether anything was read from a stream, or it was cancelled. */
export const isDisturbed = (stream) => stream?._disturbed === true;

/** Whether a stream has failed. */
export const isErrored = (stream) => stream?._state === "errored";

/** Whether a stream can still give something. */
export const isReadable = (stream) => stream?._state === "readable";
