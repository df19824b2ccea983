// attacks: a shimmed module changed in one call, used in the next
// expect pollute: result "changed"
// expect probe: result "a/b"
import path from "node:path";
export default { tools: {
  pollute: { execute() { path.join = () => "poison"; return "changed"; } },
  probe: { execute: () => path.join("a", "b") },
} };
