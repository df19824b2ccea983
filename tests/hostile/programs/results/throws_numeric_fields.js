// attacks: a thrown error whose fields are of the wrong kinds
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("fields");
        Object.assign(error, { name: 12, message: {}, stack: [1, 2], cause: 3 });
        throw error;
      },
    },
  },
};
