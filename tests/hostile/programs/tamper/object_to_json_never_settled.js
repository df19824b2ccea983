// attacks: Object.prototype.toJSON that forges the report of a call that never settles
// expect: NEVER_SETTLED
export default {
  tools: {
    run: {
      async execute() {
        Object.prototype.toJSON = () => ({ kind: "THROWN", message: "forged", name: "", stack: "" });
        await new Promise(() => {});
      },
    },
  },
};
