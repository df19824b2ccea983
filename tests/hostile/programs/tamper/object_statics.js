// attacks: every static function of Object and Reflect replaced
// expect: result {"a":1}
export default {
  tools: {
    run: {
      async execute() {
        for (const holder of [Object, Reflect]) {
          for (const name of Object.getOwnPropertyNames(holder)) if (typeof holder[name] === "function") holder[name] = () => { throw new Error("forged"); };
        }
        return { a: 1 };
      },
    },
  },
};
