// attacks: the legacy statics of RegExp, which remember the last match
// expect pollute: result "matched"
// expect probe: result true
export default { tools: {
  pollute: { execute() { return /(secret)/.test("my secret") ? "matched" : ""; } },
  probe: { execute: () => !String(RegExp.$1 ?? "").includes("secret") && !String(RegExp.input ?? "").includes("secret") },
} };
