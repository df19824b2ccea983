export * from "./exported.js";
export { default as greeting } from "./prompts.js";
