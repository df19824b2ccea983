// attacks: the conversions of numbers and booleans to text replaced
// expect: result {"n":1,"b":true,"s":"text"}
export default {
  tools: {
    run: {
      async execute() {
        Number.prototype.toString = Boolean.prototype.toString = String.prototype.toString = () => "forged";
        Number.prototype.valueOf = () => 2;
        Number.prototype.toJSON = String.prototype.toJSON = Boolean.prototype.toJSON = () => "forged";
        return { n: 1, b: true, s: "text" };
      },
    },
  },
};
