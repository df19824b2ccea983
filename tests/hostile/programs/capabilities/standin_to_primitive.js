// attacks: a stand-in made text while the bundle loads, then converted in a call
// expect: result ["fine","NotAvailableError","NotAvailableError","NotAvailableError"]
import { Pool } from "pg";
String(Pool); +Pool; JSON.stringify({ Pool }); Object.keys(Pool); console.log(Pool);
const refused = (use) => {
  try {
    return use();
  } catch (error) {
    return error.name;
  }
};
export default {
  tools: {
    run: {
      async execute() {
        console.log(Pool);
        return ["fine", refused(() => String(Pool)), refused(() => +Pool), refused(() => JSON.stringify({ Pool }))];
      },
    },
  },
};
