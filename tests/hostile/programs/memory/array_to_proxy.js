// attacks: an array whose prototype becomes a proxy while it is joined
// expect: result "1,x,3"
export default {
  tools: {
    run: {
      async execute() {
        const items = [1, , 3];
        Object.setPrototypeOf(items, new Proxy(Array.prototype, { get: (t, key, r) => (key === "1" ? "x" : Reflect.get(t, key, r)), has: () => true }));
        return Array.prototype.join.call(items);
      },
    },
  },
};
