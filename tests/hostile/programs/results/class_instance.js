// attacks: an instance with private state and accessors as the result
// expect: result {"shown":1}
export default {
  tools: {
    run: {
      async execute() {
        return new (class { #hidden = "secret"; shown = 1; get computed() { return this.#hidden; } })();
      },
    },
  },
};
