// attacks: Function.prototype.call, apply and bind replaced before the result
// expect: result {"a":[1]}
export default {
  tools: {
    run: {
      async execute() {
        for (const name of ["call", "apply", "bind"]) Function.prototype[name] = () => { throw new Error("forged"); };
        return { a: [1] };
      },
    },
  },
};
