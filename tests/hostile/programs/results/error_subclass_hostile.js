// attacks: a thrown error of a class whose every accessor throws
// expect: THROWN
export default {
  tools: {
    run: {
      async execute() {
        class Hostile extends Error {
          get name() { throw new Error("name"); }
          get message() { throw new Error("message"); }
          get cause() { throw new Error("cause"); }
          get [Symbol.toStringTag]() { throw new Error("tag"); }
          toString() { throw new Error("text"); }
        }
        throw new Hostile();
      },
    },
  },
};
