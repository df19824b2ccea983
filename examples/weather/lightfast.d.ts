// Types of `lightfast` and its parts, which no registry has: Caisson brings these modules itself.
// Copy this file into your project, where TypeScript sees it.

declare module "lightfast/tool" {
  /** A schema of zod, or of another library that follows Standard Schema. */
  export interface InputSchema<Output = unknown> {
    readonly "~standard": { readonly types?: { readonly output: Output } | undefined };
  }

  /** What `execute` is called with: the input as the schema reads it. */
  export type InputOf<S> = S extends InputSchema<infer Output> ? Output : never;

  /** What every tool is handed: the request's context, and what `createRuntimeContext` adds to it. */
  export interface RuntimeContext {
    readonly sessionId: string;
    readonly resourceId: string;
    /** The granted secrets by name, each as a placeholder that only the executor can fill in. */
    readonly env: Readonly<Record<string, string | undefined>>;
    /** The same for every attempt of one call. */
    readonly idempotencyKey: string;
    readonly [key: string]: any;
  }

  export interface ToolOptions<S extends InputSchema<any>, Result> {
    readonly description: string;
    readonly inputSchema: S;
    readonly outputSchema?: InputSchema<any>;
    execute(input: InputOf<S>, context: RuntimeContext): Result | Promise<Result>;
  }

  /** A tool of an agent, made for each call with its context. */
  export type Tool = (context: RuntimeContext) => { execute(input: any): unknown };

  export function createTool<S extends InputSchema<any>, Result>(options: ToolOptions<S, Result>): Tool;
}

declare module "lightfast/agent" {
  import type { RuntimeContext, Tool } from "lightfast/tool";

  export type Tools = Readonly<Record<string, Tool>>;

  export interface AgentOptions {
    readonly name: string;
    /** The instructions. */
    readonly system?: string;
    /** `openai("gpt-5-mini")`, `gateway("openai/gpt-5-mini")` or the name as a text. */
    readonly model: unknown;
    readonly tools?: Tools | ((context: RuntimeContext) => Tools | Promise<Tools>);
    /** What it returns is added to the context that tools are handed. */
    createRuntimeContext?(ids: { readonly sessionId: string; readonly resourceId: string }): object | Promise<object>;
    /** Settings of the AI SDK: `temperature`, `maxOutputTokens`, `stopWhen`, `toolChoice` and the like. */
    readonly [setting: string]: unknown;
  }

  export interface Agent {
    readonly lightfastConfig: object;
    readonly vercelConfig: object;
  }

  export function createAgent(options: AgentOptions): Agent;
}

declare module "lightfast" {
  import type { Agent } from "lightfast/agent";

  export interface LightfastOptions {
    /** By key, which is how a run names an agent. */
    readonly agents: Readonly<Record<string, Agent>>;
    readonly metadata?: Readonly<Record<string, unknown>>;
  }

  export class Lightfast {
    constructor(options: LightfastOptions);
    readonly config: LightfastOptions;
    getConfig(): LightfastOptions;
    getAgents(): LightfastOptions["agents"];
    getAgent(key: string): Agent | undefined;
  }

  export function createLightfast(options: LightfastOptions): Lightfast;
}

declare module "lightfast/client" {
  export * from "lightfast";
}
