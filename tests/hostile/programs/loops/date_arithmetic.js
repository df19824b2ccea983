// attacks: date parsing and formatting without end
// expect: FUEL_EXHAUSTED
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; ; i++) new Date(i * 1e9).toLocaleString().length + Date.parse("2020-01-01");
      },
    },
  },
};
