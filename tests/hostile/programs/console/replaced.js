// attacks: a console whose methods are replaced by the program
// expect: result "own"
export default {
  tools: {
    run: {
      async execute() {
        let last;
        console.log = (text) => { last = text; };
        console.log("own");
        return last;
      },
    },
  },
};
