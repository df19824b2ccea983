// attacks: console labels that are symbols and objects without a prototype
// expect: THROWN TypeError
export default {
  tools: {
    run: {
      async execute() {
        console.log(Symbol("fine"), Object.create(null));
        console.count(Symbol("label"));
      },
    },
  },
};
