// The settings of Lightfast's agents and tools besides the AI SDK's, as our own types have them.
import type { AgentOptions } from "lightfast/agent";
import type { ToolOptions } from "lightfast/tool";

// The names that are written out, without an index signature.
type Named<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K] };

export type agent = Named<AgentOptions>;
export type tool = Named<ToolOptions<any, unknown>>;
// A release of tomorrow, with one more name.
export type tomorrow = Named<AgentOptions & { settingOfTomorrow?: string }>;
