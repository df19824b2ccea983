// attacks: process.hrtime, which is a fine timer in Node
// expect: result ["0","0,0"]
export default {
  tools: {
    run: {
      async execute() {
        const start = process.hrtime.bigint();
        const pair = process.hrtime();
        for (let i = 0; i < 100000; i++);
        return [String(process.hrtime.bigint() - start), String(process.hrtime(pair))];
      },
    },
  },
};
