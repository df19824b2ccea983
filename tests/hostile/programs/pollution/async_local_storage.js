// attacks: an async store entered in one call, read in the next
// expect pollute: result "entered"
// expect probe: result "undefined"
import { AsyncLocalStorage } from "node:async_hooks";
const storage = new AsyncLocalStorage();
export default { tools: {
  pollute: { execute() { storage.enterWith("secret"); return "entered"; } },
  probe: { execute: () => typeof storage.getStore() },
} };
