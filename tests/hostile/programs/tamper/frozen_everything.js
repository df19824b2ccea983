// attacks: every built-in frozen
// expect: result ["fine",1]
export default {
  tools: {
    run: {
      async execute() {
        for (const name of Object.getOwnPropertyNames(globalThis)) {
          const value = globalThis[name];
          if (value !== globalThis && (typeof value === "object" || typeof value === "function") && value) { Object.freeze(value); Object.freeze(value.prototype ?? {}); }
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
        return ["fine", 1];
      },
    },
  },
};
