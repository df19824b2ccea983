// The frameworks that bundles are written with, and the interface that the prelude uses.
//
// A framework is one module below this folder that exports one object with these members, of which
// only `entryOf` is required:
//
//   entryOf(specifier, parsed)     what a bundle can import of it (load/resolver.js says what that
//                                  is; also `watches`: "logs" or "traces" for a package whose work
//                                  changes no result), undefined for a module that is not its own
//   holders                        keys under which what it makes keeps agents
//   agentsOf(value)                agents by key, of a value of its own that keeps them otherwise
//   agentNameOf(agent), toolsOf(agent), contextMakerOf(agent)
//                                  an agent's name, its tools (an object, an array or a function of
//                                  the context), and the function that makes its runtime context
//   settingsOf(agent)              where an agent keeps the settings of its model and its tools, if not in
//                                  itself; it may throw
//   toolNameOf(tool)               the name of a tool that has it elsewhere than in `id` or `name`
//   toolMakerOf(declared)          the function of the context that makes a tool of what is declared
//   callerOf(tool, agent, isMade)  how a tool is called, made by `toolMakerOf` or not; undefined for one
//                                  that is called as `execute(input, options)`. Members:
//                                    call(tool, input, given)  (dispatch/context.js says what is given)
//                                    method          where the tool has another than `execute`
//                                    checksInput     the tool reads its input itself
//                                    read(schema, input)  reads it otherwise than the schema alone
//                                    admits          `call` asks all that may hold the call back
//                                    agentIsSilent   its agents say nothing of single calls
//                                    show(tool)      the function of an output that says what the model is
//                                                    shown, undefined where that is the output
//   partsOf(agent)                 functions of `given` (dispatch/context.js) that ask an agent of its
//                                  own, or promise it: `instructions`, `description` and `model` as
//                                  the framework takes them, `settings` as objects of which the
//                                  first that has a setting counts
//   hooksOf(agent)                 functions `(given, call, parsed, again)` that call an agent's hooks, by
//                                  their names (docs/dynamic-agents.md); undefined for another's agent
//   isEnabledOf(tool, agent, given)  whether a tool is offered, or a promise of it
//   validatorOf(schema)            `validate(schema, value)` of a schema of its own kind, a promise of
//                                  `{value}` or `{issues}`
//   jsonSchemaOf(schema)           that schema's JSON Schema, or a promise of it
//
// Frameworks are tried in this order, and the first answer counts.
import { aiSdk } from "./ai-sdk/index.js";
import { lightfast } from "./lightfast/index.js";
import { mastra } from "./mastra/index.js";
import { openaiAgents } from "./openai-agents/index.js";

const FRAMEWORKS = [openaiAgents, mastra, lightfast, aiSdk];

/** The member `name` of each framework that has it. */
export const ofEach = (name) =>
  FRAMEWORKS.filter((framework) => framework[name] !== undefined).map((framework) => framework[name]);

/** Makes a function that calls `name` of each framework and returns the first answer. */
export function question(name) {
  const asked = ofEach(name);
  if (asked.length === 1) return asked[0];
  return function ask(first, second, third) {
    for (let i = 0; i < asked.length; i++) {
      const answer = asked[i](first, second, third);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}
