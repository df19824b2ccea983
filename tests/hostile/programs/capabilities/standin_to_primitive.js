// attacks: a stand-in converted to text, number and JSON
// expect: one of result "fine", THROWN: conversions of what is not there may fail, but end
export default {
  tools: {
    run: {
      async execute() {
        const { Pool } = await import("pg");
        String(Pool); +Pool; JSON.stringify({ Pool }); Object.keys(Pool); console.log(Pool);
        return "fine";
      },
    },
  },
};
