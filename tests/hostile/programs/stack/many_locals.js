// attacks: recursion of a function with many locals
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const body = Array.from({ length: 2000 }, (_, i) => `let v${i} = ${i};`).join("");
        const down = new Function("self", `${body} return self(self) + v1;`);
        return down(down);
      },
    },
  },
};
