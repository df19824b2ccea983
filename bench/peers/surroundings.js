// What the bundle finds around it in an engine that has nothing but the language: the least of
// Node's modules and of the Web API that its top level asks for. Ours brings the real ones.
globalThis.module = { exports: {} };
globalThis.process = { env: {}, version: "v0" };
globalThis.console ??= { log() {}, warn() {}, error() {} };
for (const name of [
  "AbortController", "Headers", "ReadableStream", "TextDecoder", "TextDecoderStream",
  "TextEncoder", "TransformStream", "URL", "WritableStream",
]) {
  globalThis[name] ??= class {};
}
globalThis.require = () => ({ platform: () => "", arch: () => "", hostname: () => "" });
