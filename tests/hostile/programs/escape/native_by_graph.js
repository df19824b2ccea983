// attacks: a search of every object that can be reached from the globals for the host's functions
// expect: result []
// limits: fuel 8G
export default {
  tools: {
    run: {
      async execute(input, options) {
        const seen = new Set();
        const found = [];
        const queue = [globalThis, input, options];
        for (let next; queue.length > 0 && seen.size < 50000; ) {
          next = queue.pop();
          if ((typeof next !== "object" && typeof next !== "function") || next === null || seen.has(next)) continue;
          seen.add(next);
          let keys = [];
          try { keys = Reflect.ownKeys(next); queue.push(Object.getPrototypeOf(next)); } catch { continue; }
          for (const key of keys) {
            if (["emit", "evalScript", "evalModule", "setModuleResolver"].includes(key) && /native code/.test(String(next[key]))) found.push(String(key));
            try {
              const property = Object.getOwnPropertyDescriptor(next, key);
              queue.push(property.value, property.get, property.set);
            } catch {}
          }
        }
        return found;
      },
    },
  },
};
