// Harmless members of the modules of threads and terminals that programs read while they load.

export const workerThreads = {
  isMainThread: true,
  parentPort: null,
  threadId: 0,
  workerData: null,
  resourceLimits: {},
  markAsUncloneable: () => {},
  markAsUntransferable: () => {},
};
export const tty = { isatty: () => false };
