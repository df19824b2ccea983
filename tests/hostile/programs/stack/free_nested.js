// attacks: freeing a list of a million links at once
// expect: result "freed"
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute() {
        let list = null;
        for (let i = 0; i < 300000; i++) list = { next: list };
        list = null;
        return "freed";
      },
    },
  },
};
