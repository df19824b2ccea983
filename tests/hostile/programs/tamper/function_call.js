// attacks: Function.prototype.call, apply and bind replaced before an error is thrown
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        for (const name of ["call", "apply", "bind"]) Function.prototype[name] = () => { throw new Error("forged"); };
        throw new TypeError("true reason");
      },
    },
  },
};
