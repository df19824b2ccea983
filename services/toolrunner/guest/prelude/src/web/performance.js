// performance: the host's clock, frozen between host calls as Date is.

/** Makes `performance`; its origin is the first reading, which no image keeps from boot. */
export function createPerformance() {
  const marks = [];
  const origin = 0;
  const now = () => Date.now() - origin;
  function entry(name, entryType, startTime, duration, detail = null) {
    const made = { name, entryType, startTime, duration, detail };
    if (marks.length < 1000) marks.push(made);
    return made;
  }
  const startOf = (name) => marks.findLast((mark) => mark.name === name)?.startTime ?? 0;
  return {
    now,
    timeOrigin: origin,
    mark: (name, options) => entry(name, "mark", options?.startTime ?? now(), 0, options?.detail),
    measure(name, from, to) {
      const start = typeof from === "string" ? startOf(from) : 0;
      const end = typeof to === "string" ? startOf(to) : now();
      return entry(name, "measure", start, end - start);
    },
    getEntries: () => [...marks],
    getEntriesByName: (name) => marks.filter((mark) => mark.name === name),
    getEntriesByType: (type) => marks.filter((mark) => mark.entryType === type),
    clearMarks: () => void (marks.length = 0),
    clearMeasures: () => void (marks.length = 0),
    toJSON: () => ({ timeOrigin: origin }),
  };
}
