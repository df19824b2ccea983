// attacks: JSON.rawJSON, with which text is written as it stands
// expect: result [1]
export default {
  tools: {
    run: {
      async execute() {
        try { return [JSON.rawJSON("1],[2")]; } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
        return [JSON.rawJSON("1")];
      },
    },
  },
};
