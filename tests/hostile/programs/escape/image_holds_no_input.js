// attacks: a search of the program's own state for an earlier call's input
// expect first: result 1
// expect second: result "nothing"
// input: {"canary": "CANARY-7f3a"}
let kept;
export default { tools: {
  first: { execute(input) { kept = input; globalThis.kept = input; Object.prototype.kept = input; return 1; } },
  second: { execute() { return kept ?? globalThis.kept ?? {}.kept ?? "nothing"; } },
} };
