// attacks: a thrown error whose stack is a getter with a forged path
// expect: THROWN Error
export default {
  tools: {
    run: {
      async execute() {
        const error = new Error("own stack");
        Object.defineProperty(error, "stack", { get: () => "    at steal (/etc/passwd:1:1)\n    at caisson:prelude:1:1" });
        throw error;
      },
    },
  },
};
