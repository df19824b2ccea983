// attacks: import() of names that are no names
// expect: result 6
// limits: fuel 4G
export default {
  tools: {
    run: {
      async execute() {
        const names = ["", "\0", "a".repeat(1 << 20), "__proto__", "constructor", "caisson:prelude"];
        const ends = await Promise.allSettled(names.map((name) => import(name).then((module) => { if (typeof module.boot === "function" && module.boot.toString().includes("native")) throw new Error("the prelude"); })));
        return ends.filter((end) => end.reason?.message !== "the prelude").length;
      },
    },
  },
};
