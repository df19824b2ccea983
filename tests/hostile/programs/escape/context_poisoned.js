// attacks: a runtime context that covers the call's own options
// expect: result ["string","object"]
export default { createRuntimeContext: () => ({ toolCallId: 7, abortSignal: 7, __proto__: null }), tools: { run: { execute: (input, options) => [typeof options.toolCallId, typeof options.abortSignal] } } };
