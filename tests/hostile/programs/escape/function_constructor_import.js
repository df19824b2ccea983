// attacks: import() from a function made of text
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        const { readFileSync } = await new Function("return import('node:fs')")();
        return readFileSync("/etc/passwd", "utf8");
      },
    },
  },
};
