// attacks: a stand-in converted to text, number and JSON
// expect: result "fine"
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
