// attacks: every static function of Object and Reflect replaced
// expect: result {"a":1}
export default {
  tools: {
    run: {
      async execute() {
        const names = [Object, Reflect].flatMap((holder) => Object.getOwnPropertyNames(holder).map((name) => [holder, name]));
        for (const [holder, name] of names) {
          if (typeof holder[name] === "function") holder[name] = () => { throw new Error("forged"); };
        }
        return { a: 1 };
      },
    },
  },
};
