// attacks: quantifiers over matches of nothing
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        return /^(?:(?:)*)*(?:a?)*?(?:b{0})*$/.test("");
      },
    },
  },
};
