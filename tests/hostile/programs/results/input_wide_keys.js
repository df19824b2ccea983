// attacks: input keys that are the names of everything that an object inherits
// expect: result ["own","own","own","own"]
// input: {"hasOwnProperty": "own", "toString": "own", "valueOf": "own", "then": "own"}
export default {
  tools: {
    run: {
      async execute(input) {
        return [input.hasOwnProperty, input.toString, input.valueOf, input.then];
      },
    },
  },
};
