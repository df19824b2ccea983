// attacks: the text of the sandbox's own functions, looking for its secrets
// expect: result false
export default {
  tools: {
    run: {
      async execute() {
        return [fetch, setTimeout, console.log, process.exit].some((f) => /sk-|secret|password|BEGIN/.test(Function.prototype.toString.call(f)));
      },
    },
  },
};
