// attacks: a refusal inside the finally block of an async generator
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        async function* generator() { try { yield 1; } finally { await fetch("https://example.com/"); } }
        for await (const one of generator()) break;
        return "granted";
      },
    },
  },
};
