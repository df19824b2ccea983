// attacks: a BigInt made writable by a toJSON of the program
// expect: result "12345678901234567890"
export default {
  tools: {
    run: {
      async execute() {
        BigInt.prototype.toJSON = function () { return this.toString(); };
        return 12345678901234567890n;
      },
    },
  },
};
