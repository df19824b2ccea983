// attacks: loading a native library
// expect: CAPABILITY_DENIED
export default {
  tools: {
    run: {
      async execute() {
        process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6");
      },
    },
  },
};
