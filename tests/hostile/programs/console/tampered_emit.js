// attacks: functions called on the way from the console to the host, watched for the emit function
// expect: result 0
export default {
  tools: {
    run: {
      async execute() {
        let leaks = 0;
        for (const name of ["call", "apply", "bind"]) {
          const original = Function.prototype[name];
          Function.prototype[name] = function (...given) {
            if (typeof this === "function" && this.name === "emit") leaks++;
            return Reflect.apply(original, this, given);
          };
        }
        console.log("watched");
        console.error("%s %o", "watched", { a: [1] });
        return leaks;
      },
    },
  },
};
