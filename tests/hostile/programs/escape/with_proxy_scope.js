// attacks: `with` over a proxy that claims to have every name
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        const names = [];
        Function("scope", "with (scope) { console; native; emit; undefinedName; }")(new Proxy({}, { has: (t, key) => { names.push(String(key)); return true; }, get: () => undefined }));
        return names.includes("native");
      },
    },
  },
};
