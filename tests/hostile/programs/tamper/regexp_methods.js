// attacks: every method of regular expressions replaced before a stack overflow
// expect: STACK_OVERFLOW RangeError
export default {
  tools: {
    run: {
      async execute() {
        RegExp.prototype.exec = () => null;
        RegExp.prototype.test = () => false;
        RegExp.prototype[Symbol.replace] = () => "forged";
        RegExp.prototype[Symbol.split] = () => ["forged"];
        RegExp.prototype[Symbol.match] = () => null;
        const down = () => down() + 1;
        return down();
      },
    },
  },
};
