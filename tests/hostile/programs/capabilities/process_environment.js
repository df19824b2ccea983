// attacks: the environment of the host
// expect: result [[],"undefined",1,"/"]
export default {
  tools: {
    run: {
      async execute() {
        return [Object.keys(process.env), typeof process.env.PATH, process.pid, process.cwd()];
      },
    },
  },
};
