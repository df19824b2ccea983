// attacks: members of members of a stand-in without end
// expect: one of FUEL_EXHAUSTED, MEMORY_EXCEEDED: each member is kept
// limits: fuel 20G
import { Pool } from "pg";
export default {
  tools: {
    run: {
      async execute() {
        let member = Pool;
        for (;;) member = member.next;
      },
    },
  },
};
