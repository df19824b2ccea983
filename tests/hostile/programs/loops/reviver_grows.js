// attacks: a JSON reviver that grows the array it walks
// expect: result 10000
export default {
  tools: {
    run: {
      async execute() {
        let grown = 0;
        JSON.parse("[1,2]", function (key, value) {
          if (Array.isArray(this) && grown < 10000) { this.push(1); grown++; }
          return value;
        });
        for (; grown < 10000; grown++);
        return grown;
      },
    },
  },
};
