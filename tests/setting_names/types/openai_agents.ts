// The settings of the OpenAI Agents SDK's agents and tools, as its own types have them.
import { Agent, tool as makeTool } from "@openai/agents";

type Keys<T> = T extends unknown ? keyof T : never;
type Config = ConstructorParameters<typeof Agent<any, any>>[0];

export type agent = Keys<Config> | Keys<Parameters<typeof Agent.create>[0]>;
export type model = Keys<NonNullable<Config["modelSettings"]>>;
export type tool = Keys<Parameters<typeof makeTool>[0]>;
