// attacks: Error.prepareStackTrace that looks for host functions in the frames
// expect: result [true,0]
export default {
  tools: {
    run: {
      async execute() {
        let found = 0;
        Error.prepareStackTrace = (error, frames) => {
          for (const frame of frames ?? []) {
            const callee = frame.getFunction?.();
            if (callee && /emit|evalScript|native/.test(callee.name)) found++;
            if (frame.getThis?.() !== undefined && frame.getThis() !== null) found++;
          }
          return "prepared";
        };
        return [typeof new Error("x").stack === "string", found];
      },
    },
  },
};
