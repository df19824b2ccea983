// attacks: JSON.rawJSON, with which text is written as it stands
// expect: one of result [1], THROWN: the engine may have JSON.rawJSON or not; it must not take what is no JSON value
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
