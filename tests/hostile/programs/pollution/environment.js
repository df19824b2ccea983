// attacks: process.env written in one call, read in the next
// expect pollute: result "written"
// expect probe: result "undefined"
export default { tools: {
  pollute: { execute() { process.env.SECRET = "leaked"; return "written"; } },
  probe: { execute: () => typeof process.env.SECRET },
} };
