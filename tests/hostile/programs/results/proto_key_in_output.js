// attacks: an own __proto__ key in the result
// expect: result {"__proto__":{"polluted":true},"constructor":{"prototype":1}}
export default {
  tools: {
    run: {
      async execute() {
        return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":1}}');
      },
    },
  },
};
