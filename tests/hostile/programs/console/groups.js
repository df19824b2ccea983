// attacks: console groups nested a hundred thousand deep
// expect: result "shown"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        for (let i = 0; i < 100000; i++) console.group();
        console.log("deep\nand\nwide");
        return "shown";
      },
    },
  },
};
