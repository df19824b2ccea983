// attacks: a program that exports nothing
// expect: TOOL_NOT_FOUND
const unused = 1;
