// What the streams' polyfill knows of its streams and the standard's interface does not tell.

/** Whether anything was read from a stream, or it was cancelled. */
export const isDisturbed = (stream) => stream?._disturbed === true;

/** Whether a stream has failed. */
export const isErrored = (stream) => stream?._state === "errored";

/** Whether a stream can still give something. */
export const isReadable = (stream) => stream?._state === "readable";
