// attacks: the walk from each function of the sandbox to the realm that made it
// expect: result []
export default {
  tools: {
    run: {
      async execute() {
        const found = [];
        for (const value of [fetch, console.log, setTimeout, structuredClone, process.exit, crypto.getRandomValues, require, queueMicrotask]) {
          if ((await value.constructor("return this")()) !== globalThis) found.push(value.name);
        }
        return found;
      },
    },
  },
};
