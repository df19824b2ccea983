// attacks: the names by which the prelude knows its way to the host
// expect: result []
export default {
  tools: {
    run: {
      async execute() {
        const names = ["native", "emit", "evalScript", "evalModule", "setModuleResolver", "randomBytes", "handlers", "caisson", "__native", "caisson_emit", "std", "os", "bjson", "scriptArgs", "print", "load", "loadFile"];
        return names.filter((name) => name in globalThis || eval(`typeof ${name}`) !== "undefined");
      },
    },
  },
};
