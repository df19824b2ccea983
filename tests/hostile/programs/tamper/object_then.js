// attacks: a `then` on Object.prototype, so that every object is a thenable
// expect: result "caught"
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
