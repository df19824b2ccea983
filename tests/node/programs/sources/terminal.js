// Programs of the command line.
import chalk from "chalk";
import { Command } from "commander";
import dotenv from "dotenv";
import inquirer from "inquirer";
import ora from "ora";
import { onExit } from "signal-exit";
import readline from "node:readline/promises";

const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
const stop = onExit(() => {});
process.on("SIGINT", () => {});
process.stdin.resume();

export async function run() {
  const program = new Command().name("x").option("-n, --name <name>").argument("[rest...]").exitOverride();
  program.parse(["--name", "Ada", "a", "b"], { from: "user" });
  const wrong = (() => { try { new Command().exitOverride().configureOutput({ writeErr() {} }).parse(["--nope"], { from: "user" }); } catch (error) { return error.code; } })();
  stop();
  return [program.opts(), program.args, wrong, chalk.level, chalk.red("plain"), typeof inquirer.prompt, typeof ora({ isEnabled: false, isSilent: true }).start, dotenv.parse("A=1\nB='x y'"), typeof rl.question];
}
