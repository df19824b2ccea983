// attacks: members of members of a stand-in without end
// expect: one of FUEL_EXHAUSTED, MEMORY_EXCEEDED: each member is kept
// limits: fuel 20G
export default {
  tools: {
    run: {
      async execute() {
        let member = (await import("node:dgram")).Socket;
        for (;;) member = member.next;
      },
    },
  },
};
