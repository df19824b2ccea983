// attacks: a refusal that is caught, so that the tool goes on
// expect: result "offline"
export default {
  tools: {
    run: {
      async execute() {
        return fetch("http://169.254.169.254/latest/meta-data/").then(() => "online", () => "offline");
      },
    },
  },
};
