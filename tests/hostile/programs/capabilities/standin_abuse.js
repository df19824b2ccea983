// attacks: the stand-ins of denied modules, walked, proxied, extended and written to
// expect: result "only refusals"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        const fs = await import("node:fs");
        const uses = [
          () => fs.readFile.readFile.readFile(), () => new (class extends fs.ReadStream {})(), () => Reflect.construct(fs.Stats, []),
          () => fs.readFileSync.call(null, "/"), () => fs.readFileSync.apply(null, ["/"]), () => fs.default.constructor.constructor("return process.mainModule")().x,
          () => Object.setPrototypeOf(fs.readFileSync, null)(), () => [..."ab"].map(fs.readFileSync), () => `${fs.readFileSync("/")}`,
        ];
        for (const use of uses) { try { use(); return String(use); } catch {} }
        return "only refusals";
      },
    },
  },
};
