// attacks: built-in calls of every kind at the very edge of the stack
// expect: result "survived"
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        const natives = [
          () => JSON.stringify({ a: [1, { b: 2 }] }), () => JSON.parse('[[[1]]]'), () => [3, 1, 2].sort().join(),
          () => /(a|b)+/.exec("abab"), () => new Map([[1, 2]]).get(1), () => `${new Date(0)}`, () => eval("1+1"),
          () => new Proxy({}, {}).a, () => structuredClone([{}]), () => new Error("x").stack, () => "x".replace(/x/, "$&"),
          () => console.debug("edge"), () => Promise.resolve().then(() => {}), () => setTimeout(() => {}, 0),
        ];
        for (const native of natives) {
          const down = () => { down(); native(); };
          try { down(); } catch {}
        }
        return "survived";
      },
    },
  },
};
