// attacks: globals of other hosts
// expect: result []
export default {
  tools: {
    run: {
      async execute() {
        return ["Deno", "Bun", "window", "document", "importScripts", "WScript", "java", "Packages", "std", "os", "scriptArgs", "print", "gc", "load", "read", "quit", "$262", "__loadScript"].filter((name) => typeof globalThis[name] !== "undefined");
      },
    },
  },
};
