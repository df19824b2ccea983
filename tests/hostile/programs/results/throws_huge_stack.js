// attacks: an error with a stack of many megabytes
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("stacked");
        error.stack = "    at nowhere (bundle.js:1:1)\n".repeat(200000);
        throw error;
      },
    },
  },
};
