// attacks: a database file through node:sqlite
// expect: THROWN NotAvailableError
import { DatabaseSync } from "node:sqlite";
export default { tools: { run: { execute: () => typeof new DatabaseSync("/tmp/db") } } };
