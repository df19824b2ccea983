// The settings of Mastra's agents and tools, as its own types have them.
import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";

type Keys<T> = T extends unknown ? keyof T : never;
type Config = ConstructorParameters<typeof Agent>[0];
type Options = Exclude<Extract<Keys<Config>, `default${string}Options${string}`>, `${string}Network${string}`>;
type Member<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
// A value, or what a function of the context returns.
type Given<T> = T extends (...given: any) => infer R ? Awaited<R> : NonNullable<T>;
type DefaultOptions = Given<Member<Config, Options>>;

export type agent = Keys<Config>;
export type options = Keys<DefaultOptions>;
export type model = Keys<NonNullable<Member<DefaultOptions, "modelSettings">>>;
export type tool = Keys<Parameters<typeof createTool>[0]>;
