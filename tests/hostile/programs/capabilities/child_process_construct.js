// attacks: a process made with `new`
// expect: result -2
import { ChildProcess } from "child_process";
export default { tools: { run: { execute: () => new ChildProcess().spawn({ file: "/bin/sh" }) } } };
