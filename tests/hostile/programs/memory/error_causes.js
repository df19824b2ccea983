// attacks: a chain of a hundred thousand causes
// expect: THROWN Error
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let error = new Error("root");
        for (let i = 0; i < 100000; i++) error = new Error("next", { cause: error });
        throw error;
      },
    },
  },
};
