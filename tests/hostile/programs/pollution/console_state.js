// attacks: the indentation and counters of the console, kept for the next call
// expect pollute: result "grouped"
// expect probe: result "plain"
export default { tools: {
  pollute: { execute() { console.group(); console.count("c"); return "grouped"; } },
  probe: { execute() { console.count("c"); return "plain"; } },
} };
