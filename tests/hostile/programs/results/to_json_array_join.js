// attacks: an Array.prototype.join that is overridden before the result is written
// expect: result [1,2]
export default {
  tools: {
    run: {
      async execute() {
        Array.prototype.join = () => "forged";
        Array.prototype.toString = () => "forged";
        return [1, 2];
      },
    },
  },
};
