// attacks: import.meta, looking for a host path
// expect: result [["dirname","filename","url","main","resolve"],"file:///bundle.js"]
export default {
  tools: {
    run: {
      async execute() {
        return [Object.keys(import.meta), import.meta.url];
      },
    },
  },
};
