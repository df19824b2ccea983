// attacks: a tool whose execute is another function at each reading
// expect: one of result "first", result "second", result "third", TOOL_NOT_FOUND: which reading is called is not promised, but it is one of them
let reads = 0;
const parts = [() => "first", () => "second", () => "third"];
export default { tools: { run: { get execute() { return parts[reads++]; } } } };
