// attacks: a timer left by one call, which must not ring in the next
// expect pollute: result "set"
// expect probe: result "quiet"
let rang = "quiet";
export default { tools: {
  pollute: { execute() { setInterval(() => { rang = "rang"; }, 1); return "set"; } },
  probe: { async execute() { await new Promise((resolve) => setTimeout(resolve, 10)); return rang; } },
} };
