// attacks: the private members of the sandbox's classes, called on objects of the program
// expect: result []
export default {
  tools: {
    run: {
      async execute() {
        const accepted = [];
        for (const Class of [Headers, AbortController, URL, URLSearchParams, Blob, EventTarget, Response, Request, TextDecoder]) {
          for (const key of Object.getOwnPropertyNames(Class.prototype)) {
            const { get } = Object.getOwnPropertyDescriptor(Class.prototype, key);
            try { const value = get?.call({}); if (typeof value === "function" && value.name === "emit") accepted.push(key); } catch {}
          }
        }
        return accepted;
      },
    },
  },
};
