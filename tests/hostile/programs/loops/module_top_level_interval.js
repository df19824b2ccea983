// attacks: a program whose top level leaves an interval running
// expect: result "fine"
setInterval(() => { for (;;) {} }, 1);
export default { tools: { run: { execute: () => "fine" } } };
