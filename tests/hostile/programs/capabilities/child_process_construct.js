// attacks: a process made with `new`
// expect: CAPABILITY_DENIED
import { ChildProcess } from "child_process";
export default { tools: { run: { execute: () => new ChildProcess().spawn({ file: "/bin/sh" }) } } };
