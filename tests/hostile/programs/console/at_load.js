// attacks: a flood of console lines while the program is loaded
// expect: result "loaded"
for (let i = 0; i < 20000; i++) console.log("load line", i);
export default { tools: { run: { execute: () => "loaded" } } };
