// attacks: a native module by its package's name
// expect: THROWN NotAvailableError
import sqlite from "better-sqlite3";
export default { tools: { run: { execute: () => sqlite("/tmp/db") } } };
