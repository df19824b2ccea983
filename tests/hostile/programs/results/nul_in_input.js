// attacks: NUL in the input and in its keys
// expect: result ["a\u0000b",3,["\u0000"]]
// input: {"text": "a\u0000b", "keys": {"\u0000": 1}}
export default {
  tools: {
    run: {
      async execute(input) {
        return [input.text, input.text.length, Object.keys(input.keys)];
      },
    },
  },
};
