// attacks: lone surrogates in the result
// expect: result ["\ud800","\udc00x","\udfff\ud800"]
export default {
  tools: {
    run: {
      async execute() {
        return ["\ud800", "\udc00x", "\udfff\ud800"];
      },
    },
  },
};
