// attacks: own properties of the native functions, looking for one with a reference to the host
// expect: result ["Symbol(nodejs.util.promisify.custom)"]
export default {
  tools: {
    run: {
      async execute() {
        const known = new Set(["length", "name", "prototype"]);
        return [fetch, setTimeout, console.log, Math.random, Date.now].flatMap((f) => Reflect.ownKeys(f).filter((key) => !known.has(key)).map(String));
      },
    },
  },
};
