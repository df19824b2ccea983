// What happened in a run, as the OpenAI Agents SDK shows it to the filter of a handoff: items of a run, each of a
// class of its own; and what the filter leaves of them, as messages.
import { Dishonoured, plainOf } from "../../dispatch/hook-values.js";
import { isObject } from "../../dispatch/names.js";
import { itemsIn } from "./items.js";

class RunItem {
  constructor(type, rawItem, more) {
    Object.assign(this, { type, rawItem, ...more });
  }
  toJSON() {
    return { type: this.type, rawItem: this.rawItem };
  }
}
class RunMessageOutputItem extends RunItem {
  get content() {
    return this.rawItem.content.map(({ text = "" }) => text).join("");
  }
}
class RunToolCallItem extends RunItem {}
class RunToolCallOutputItem extends RunItem {}
class RunHandoffCallItem extends RunItem {}
class RunHandoffOutputItem extends RunItem {}
class RunReasoningItem extends RunItem {}
class RunToolApprovalItem extends RunItem {}

/** The classes of items, as the SDK exports them. */
export const RUN_ITEMS = {
  RunHandoffCallItem,
  RunHandoffOutputItem,
  RunMessageOutputItem,
  RunReasoningItem,
  RunToolApprovalItem,
  RunToolCallItem,
  RunToolCallOutputItem,
};

const TOOLS = new Set(["function_call", "function_call_result", "hosted_tool_call", "reasoning"]);
const isOfTools = (item) => item instanceof RunItem && !(item instanceof RunMessageOutputItem);

/** The SDK's filter that leaves no calls and no results. */
export function removeAllTools({ inputHistory, preHandoffItems, newItems, runContext }) {
  const kept = (items) => items.filter((item) => !isOfTools(item.itself ?? item));
  return {
    inputHistory: Array.isArray(inputHistory) ? inputHistory.filter(({ type = "" }) => !TOOLS.has(type)) : inputHistory,
    preHandoffItems: kept(preHandoffItems),
    newItems: kept(newItems),
    runContext,
  };
}

/** An item of the protocol as an item of a run; `output` is what a tool returned, if it is a result. */
export function runItem(raw, agent, output) {
  if (raw.type === "message") return new RunMessageOutputItem("message_output_item", raw, { agent });
  if (raw.type === "function_call") return new RunToolCallItem("tool_call_item", raw, { agent });
  return new RunToolCallOutputItem("tool_call_output_item", raw, { agent, output });
}

function handoffItem(raw, agent, next) {
  if (raw.type === "function_call") return new RunHandoffCallItem("handoff_call_item", raw, { agent });
  return new RunHandoffOutputItem("handoff_output_item", raw, { sourceAgent: agent, targetAgent: next });
}

const isTransfer = (name) => name.startsWith("transfer_to_");

// The ids of the calls that handed a run over: this one, and those whose result the SDK wrote.
function handoffsIn(messages, callId) {
  const made = new Set([callId]);
  for (const { role, content } of messages) {
    if (role !== "tool") continue;
    for (const { toolCallId, toolName, output } of content) {
      if (isTransfer(toolName) && typeof output.value?.assistant === "string") made.add(toolCallId);
    }
  }
  return made;
}

/**
 * A run so far: `data` is what a filter is given; `raw` are the items of each message, `places` the place of the
 * message of each, and `before` its text. `wereAsked()` tells whether somebody asked for the class of an item,
 * where the bundle has a copy of the SDK with classes of its own (`isCopy`).
 */
export function runItemsOf({ messages, began, new: from, callId }, agent, next, isCopy) {
  const made = handoffsIn(messages, callId);
  const raw = messages.map(itemsIn);
  const places = new Map(raw.flatMap((items, at) => items.map((item) => [item, at])));
  const before = new Map(raw.flat().map((item) => [item, JSON.stringify(item)]));
  let asked = false;
  const traps = {
    get: (item, name) => (name === "itself" ? item : item[name]),
    getPrototypeOf(item) {
      asked = true;
      return Object.getPrototypeOf(item);
    },
  };
  function run(first, end) {
    const of = (item) => (made.has(item.callId) ? handoffItem(item, agent, next) : runItem(item, agent, item.output?.text));
    const items = raw.slice(first, end).flat().map(of);
    return isCopy ? items.map((item) => new Proxy(item, traps)) : items;
  }
  const [{ content }] = messages;
  const data = {
    inputHistory: began === 1 && typeof content === "string" ? content : raw.slice(0, began).flat(),
    preHandoffItems: run(began, from),
    newItems: run(from),
  };
  return { data, raw, places, before, wereAsked: () => asked };
}

const textIn = (content) => (typeof content === "string" ? content : content.map(({ text = "" }) => text).join(""));

const PARTS = {
  input_text: ({ text }) => ({ type: "text", text }),
  output_text: ({ text }) => ({ type: "text", text }),
  input_image: ({ image }) => ({ type: "image", image }),
};

function userParts(content) {
  if (typeof content === "string") return content;
  return content.map((part) => {
    const made = PARTS[part?.type];
    if (made === undefined) throw new Dishonoured("its `inputFilter` leaves a part of a message that cannot be sent");
    return made(part);
  });
}

function argumentsOf(json) {
  try {
    return JSON.parse(json || "{}");
  } catch {
    return json;
  }
}

// One item as a part of a message of the role that it needs.
function partOf(item) {
  const { type = "message", role, content, callId: toolCallId, name: toolName, arguments: json, output } = item;
  if (type === "message" && role === "assistant") return ["assistant", { type: "text", text: textIn(content) }];
  if (type === "message" && role === "user") return ["user", userParts(content)];
  if (type === "function_call") return ["assistant", { type: "tool-call", toolCallId, toolName, input: argumentsOf(json) }];
  if (type === "function_call_result") {
    const value = typeof output === "string" ? output : output?.text;
    return ["tool", { type: "tool-result", toolCallId, toolName, output: { type: "text", value: `${value}` } }];
  }
  throw new Dishonoured(`its \`inputFilter\` leaves an item of the kind \`${`${role ?? type}`.slice(0, 40)}\`, which cannot be sent`);
}

// The messages of items: those that are whole and unchanged by their places, others anew.
function messagesOf(items, { places, raw, before }) {
  const found = [];
  for (let at = 0; at < items.length; ) {
    const place = places.get(items[at]);
    const whole = place === undefined ? [] : raw[place];
    const isWhole = whole.length > 0 && whole.every((item, next) => items[at + next] === item && JSON.stringify(item) === before.get(item));
    if (isWhole) {
      found.push({ ref: place });
      at += whole.length;
      continue;
    }
    if (!isObject(items[at])) throw new Dishonoured("its `inputFilter` leaves an item that is no object");
    const [role, part] = partOf(items[at]);
    const last = found.at(-1);
    const isMore = role !== "user" && last?.role === role && last.place === place;
    if (isMore) last.content.push(part);
    else found.push({ role, content: role === "user" ? part : [part], place });
    at++;
  }
  return found.map(({ place: _, ...message }) => plainOf(message, "a message"));
}

const listIn = (items, what) => {
  if (Array.isArray(items)) return items;
  throw new Dishonoured(`its \`inputFilter\` leaves no list of \`${what}\``);
};

/** What a filter leaves, as `{messages, began}`: the messages, and how many of them the run began with. */
export function toldMessages(left, messages, items) {
  if (!isObject(left) || typeof left.then === "function") throw new Dishonoured("its `inputFilter` returns nothing that can be used");
  const { inputHistory } = left;
  const rawOf = (what) => listIn(left[what], what).map(({ rawItem }) => rawItem);
  const isSameText = typeof inputHistory === "string" && inputHistory === messages[0].content;
  const own = typeof inputHistory === "string"
    ? [isSameText ? { ref: 0 } : { role: "user", content: inputHistory }]
    : messagesOf(listIn(inputHistory, "inputHistory"), items);
  const rest = messagesOf([...rawOf("preHandoffItems"), ...rawOf("newItems")], items);
  return { messages: [...own, ...rest], began: own.length };
}
