// The settings of the AI SDK's agents and tools, as its own types have them.
import type { Tool } from "ai";
import * as sdk from "ai";

type Keys<T> = T extends unknown ? keyof T : never;
type Sdk = typeof sdk;
// `ToolLoopAgent` is called `Experimental_Agent` before release 6.
type Agent = Sdk extends { ToolLoopAgent: infer A } ? A : Sdk extends { Experimental_Agent: infer A } ? A : never;
type Config = Agent extends abstract new (config: infer C) => unknown ? C : never;

export type agent = Keys<Config>;
export type tool = Keys<Tool<any, any>>;
