// A program for the terminal: commander, chalk and readline around an OpenAI Agents SDK agent.
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { Agent, run, tool } from "@openai/agents";
import chalk, { Chalk } from "chalk";
import { Command } from "commander";
import { z } from "zod";

const program = new Command().name("tasks").option("-m, --model <name>", "the model", "gpt-5-mini").exitOverride();
program.command("chat").action(() => loop());
const tasks = new Map<number, { title: string; done: boolean }>();
const terminal = readline.createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });
terminal.on("close", () => console.log(chalk.dim("bye")));

const add = tool({
  name: "add",
  description: "Adds a task",
  parameters: z.object({ title: z.string() }),
  execute: async ({ title }) => {
    tasks.set(tasks.size + 1, { title, done: false });
    return [...tasks].map(([id, task]) => ({ id, ...task }));
  },
});
const painted = tool({
  name: "painted",
  description: "Paints a text",
  parameters: z.object({ text: z.string() }),
  execute: async ({ text }) => new Chalk({ level: 2 }).bold.red(text),
});
const options = tool({
  name: "options",
  description: "Reads a command line",
  parameters: z.object({ line: z.string() }),
  execute: async ({ line }) => {
    const parser = new Command().option("-n, --number <n>", "a number", Number).argument("[words...]").exitOverride();
    parser.configureOutput({ writeErr: () => {} });
    try {
      parser.parse(line.split(" "), { from: "user" });
      return { options: parser.opts(), words: parser.args };
    } catch (error) {
      return { code: (error as any).code, message: (error as Error).message };
    }
  },
});
const help = tool({
  name: "help",
  description: "Describes the program",
  parameters: z.object({}),
  execute: async () => program.helpInformation(),
});

export const agent = new Agent({ name: "Tasks", instructions: "Help.", tools: [add, painted, options, help] });

function loop() {
  terminal.prompt();
  terminal.on("line", async (line) => {
    const result = await run(agent, line);
    console.log(chalk.green(result.finalOutput));
    terminal.prompt();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) program.parse();
terminal.close();
