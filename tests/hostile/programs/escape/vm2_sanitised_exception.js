// attacks: the class of bug in which an exception of the host arrives unwrapped
// expect: result [true,true,true,true]
export default {
  tools: {
    run: {
      async execute() {
        const errors = [];
        const attempts = [() => structuredClone(() => {}), () => crypto.getRandomValues(new Uint8Array(70000)), () => atob("*"), () => new URL("nonsense")];
        for (const attempt of attempts) { try { attempt(); } catch (error) { errors.push(error); } }
        return errors.map((error) => error.constructor.constructor("return globalThis")() === globalThis);
      },
    },
  },
};
