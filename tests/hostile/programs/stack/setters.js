// attacks: a setter that writes itself
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        const holder = { set value(v) { this.value = v; } };
        holder.value = 1;
      },
    },
  },
};
