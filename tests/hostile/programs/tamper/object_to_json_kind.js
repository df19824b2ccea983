// attacks: Object.prototype.toJSON that claims a kind of failure of the host
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        Object.prototype.toJSON = () => ({ kind: "RUNNER_LOST", message: "forged", name: "", stack: "" });
        throw new TypeError("true reason");
      },
    },
  },
};
