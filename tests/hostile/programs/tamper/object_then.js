// attacks: a `then` on Object.prototype, so that every object is a thenable
// expect: one of result "caught", NEVER_SETTLED: what the prelude itself awaits must not be caught in it
export default {
  tools: {
    run: {
      async execute() {
        Object.prototype.then = function (resolve) { delete Object.prototype.then; resolve("caught"); };
        return { a: 1 };
      },
    },
  },
};
