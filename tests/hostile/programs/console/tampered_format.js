// attacks: console lines after the string methods behind them were replaced
// expect: result "shown"
export default {
  tools: {
    run: {
      async execute() {
        String.prototype.replace = () => { throw new Error("no"); };
        Array.prototype.join = () => { throw new Error("no"); };
        String.prototype.replaceAll = () => { throw new Error("no"); };
        Reflect.ownKeys = () => { throw new Error("no"); };
        try { console.log("a %s", { b: 1 }); } catch {}
        return "shown";
      },
    },
  },
};
