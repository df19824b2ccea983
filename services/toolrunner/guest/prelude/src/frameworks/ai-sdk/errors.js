// The AI SDK's errors that an agent's functions get. The SDK's own code knows them by their marks.
const mark = (name) => Symbol.for(name === undefined ? "vercel.ai.error" : `vercel.ai.error.${name}`);

export class AISDKError extends Error {
  constructor({ name = "AI_Error", message, cause } = {}) {
    super(message, { cause });
    this.name = name;
    this[mark()] = true;
    this[mark(name)] = true;
  }
  static isInstance(error) {
    return error instanceof this;
  }
}

const isMarked = (error, name) => typeof error === "object" && error !== null && error[mark(name)] === true;

const NO_TOOL = "AI_NoSuchToolError";
const BAD_INPUT = "AI_InvalidToolInputError";
const NO_OBJECT = "AI_NoObjectGeneratedError";
const NO_OUTPUT = "AI_NoOutputGeneratedError";
const BAD_ARGUMENT = "AI_InvalidArgumentError";

export class InvalidArgumentError extends AISDKError {
  constructor({ parameter, value, message }) {
    super({ name: BAD_ARGUMENT, message: `Invalid argument for parameter ${parameter}: ${message}` });
    this.parameter = parameter;
    this.value = value;
  }
  static isInstance(error) {
    return isMarked(error, BAD_ARGUMENT);
  }
}

export class NoSuchToolError extends AISDKError {
  constructor({ toolName, availableTools }) {
    const known = availableTools === undefined ? "No tools are available." : `Available tools: ${availableTools.join(", ")}.`;
    super({ name: NO_TOOL, message: `Model tried to call unavailable tool '${toolName}'. ${known}` });
    this.toolName = toolName;
    this.availableTools = availableTools;
  }
  static isInstance(error) {
    return isMarked(error, NO_TOOL);
  }
}

export class InvalidToolInputError extends AISDKError {
  constructor({ toolName, toolInput, cause }) {
    super({ name: BAD_INPUT, message: `Invalid input for tool ${toolName}: ${cause?.message ?? cause}`, cause });
    this.toolName = toolName;
    this.toolInput = toolInput;
  }
  static isInstance(error) {
    return isMarked(error, BAD_INPUT);
  }
}

/** The error for an answer that is not what it is to be. */
export class NoObjectGeneratedError extends AISDKError {
  constructor({ message = "No object generated.", cause, text, response, usage, finishReason }) {
    super({ name: NO_OBJECT, message, cause });
    Object.assign(this, { text, response, usage, finishReason });
  }
  static isInstance(error) {
    return isMarked(error, NO_OBJECT);
  }
}

/** The error for a call of which there is no answer. */
export class NoOutputGeneratedError extends AISDKError {
  constructor({ message = "No output generated.", cause } = {}) {
    super({ name: NO_OUTPUT, message, cause });
  }
  static isInstance(error) {
    return isMarked(error, NO_OUTPUT);
  }
}
