// attacks: WeakSet.prototype.has that claims every error to be a refusal
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        WeakSet.prototype.has = () => true;
        throw new Error("an ordinary one");
      },
    },
  },
};
