// attacks: format directives of every kind with too few and wrong arguments
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        console.log("%s %d %i %f %j %o %O %c %%", Symbol("s"), 1n, {}, null, { get a() { throw 1; } });
        console.log("%".repeat(10000), "%s%s%s%n%x%p");
        console.log("%s".repeat(5000), ..."x".repeat(5000));
        return "shown";
      },
    },
  },
};
