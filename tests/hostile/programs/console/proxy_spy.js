// attacks: a proxy that looks at what the console reads, hoping for host objects
// expect: result true
export default {
  tools: {
    run: {
      async execute() {
        const seen = [];
        console.log(new Proxy({}, { get(target, key, receiver) { seen.push(receiver, this); return undefined; }, ownKeys() { seen.push(this); return []; } }));
        return seen.every((value) => typeof value === "object" && !("emit" in value) && !("native" in value));
      },
    },
  },
};
