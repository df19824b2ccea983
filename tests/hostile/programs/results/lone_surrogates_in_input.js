// attacks: lone surrogates in the input
// expect: result [1,55296,"\ud800"]
// input: {"text": "\ud800"}
export default {
  tools: {
    run: {
      async execute(input) {
        return [input.text.length, input.text.charCodeAt(0), input.text];
      },
    },
  },
};
