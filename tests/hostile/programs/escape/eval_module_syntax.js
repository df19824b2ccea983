// attacks: import and export statements given to eval
// expect: THROWN SyntaxError
export default {
  tools: {
    run: {
      async execute() {
        return eval("import fs from 'node:fs'; fs");
      },
    },
  },
};
