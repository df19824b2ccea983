// A load that failed halfway: which statements of the top level failed, and what was made all the
// same. The record stays with the image, so that a call can say why something is missing.
import { failureText } from "../core/failure.js";
import { bareArray, exec, indexOf, isInstance, jsonStringify, NativeReferenceError, objectIs, slice, startsWith, weakMapGet, weakMapHas, weakMapSet } from "../core/primordials.js";

const MAX_FAULTS = 32;
const MAX_AGENTS = 64;
const MAX_TOOLS = 1024; // of all agents
const MAX_UNUSABLE = 1024;
const MAX_VARIABLES = 256;
const MAX_KEY = 128;
const MAX_MESSAGE = 1000;
const MAX_STACK = 2000;
const FRAME = /^ *at (?:.*\()?([^\s()]+:\d+:\d+)\)?(?: \{)?$/;
const UNINITIALIZED = /is not initialized$/;

const keyText = (key) => jsonStringify(slice(key, 0, MAX_KEY));

function listText(items, most, textOf) {
  let text = "";
  for (let i = 0; i < items.length && i < most; i++) text += (i === 0 ? "" : ",") + textOf(items[i]);
  return "[" + text + "]";
}

const faultText = (fault) =>
  slice(failureText(fault), 0, -1) + ',"place":' + jsonStringify(fault.place) + "}";

function agentText({ key, tools }, room) {
  const known = tools === undefined ? "null" : listText(tools, room.left, keyText);
  if (tools !== undefined) room.left = tools.length < room.left ? room.left - tools.length : 0;
  return '{"key":' + keyText(key) + ',"tools":' + known + "}";
}

const unusableText = ({ agent, tool, reason, fault }) =>
  '{"agent":' + keyText(agent) + ',"tool":' + keyText(tool) + ',"reason":"' + reason + '","fault":' + fault.number + "}";

// The outermost frame of a stack is the statement of the top level that failed.
function placeOf(stack) {
  let place = "";
  for (let from = 0; from < stack.length; ) {
    const found = indexOf(stack, "\n", from);
    const line = slice(stack, from, found < 0 ? stack.length : found);
    const frame = exec(FRAME, line);
    if (frame === null) break;
    place = frame[1];
    from = found < 0 ? stack.length : found + 1;
  }
  return place;
}

const MARK = "\n\u0001\n";

/** The record of one program's load. */
export function createIncomplete() {
  const faults = bareArray();
  const notMade = new WeakMap(); // stand-ins by the faults that they stand for
  const doubted = new WeakMap();
  const variables = bareArray(); // {name, value, fault}
  let everything;
  let count = 0;

  /** Record a failure; `frame` is the statement's, where it is known better than by the stack. */
  function note(failure, frame = "") {
    count++;
    const isFirst = count === 1; // it may be all that is told
    const fault = {
      __proto__: null,
      kind: failure.kind,
      name: failure.name,
      message: isFirst ? failure.message : slice(failure.message, 0, MAX_MESSAGE),
      stack: isFirst ? failure.stack : slice(failure.stack, 0, MAX_STACK),
      place: placeOf(frame || failure.stack),
      ends: false, // the program ended itself by it
      interrupts: false, // it kept functions from doing their rest
      number: faults.length < MAX_FAULTS ? faults.length + 1 : 0, // of those that are told
    };
    if (faults.length < MAX_FAULTS) faults[faults.length] = fault;
    return fault;
  }

  /** Show places and stacks as those of the sources, by one reading of the source map. */
  function mapSources(mapped) {
    let text = "";
    for (let i = 0; i < faults.length; i++) {
      const { place, stack, message } = faults[i];
      text += "    at statement (" + place + ")" + MARK + stack + MARK + message + MARK;
    }
    text = mapped(text);
    const next = () => {
      const end = indexOf(text, MARK);
      const part = slice(text, 0, end);
      text = slice(text, end + MARK.length);
      return part;
    };
    for (let i = 0; i < faults.length; i++) {
      faults[i].place = placeOf(next());
      faults[i].stack = next();
      faults[i].message = next();
    }
  }

  /** What happened to a statement of the top level. */
  function sentenceOf({ place, name, message }) {
    const what = name === "" || startsWith(message, name) ? message : name + ": " + message;
    const where = place === "" ? "" : ", at " + place;
    return "the top level of the bundle failed while it was loaded" + where + ", with: " + what;
  }

  /**
   * The message of a load that goes on with what was made; `agents` as of `madeAgents`, `unusable` as of
   * `unusableOf`.
   */
  function loadedText(agents, unusable) {
    const rest = ',"faults":' + listText(faults, MAX_FAULTS, faultText);
    const room = { __proto__: null, left: MAX_TOOLS };
    const made = listText(agents, MAX_AGENTS, (agent) => agentText(agent, room));
    const out = listText(unusable, MAX_UNUSABLE, unusableText);
    return slice(failureText(faults[0]), 0, -1) + rest + ',"agents":' + made + ',"unusable":' + out + "}";
  }

  /** Why a thing of the bundle is not there, in a sentence; "" when the load was whole. */
  function why() {
    if (count === 0) return "";
    const more = count > 1 ? "; and " + (count - 1) + " more of its statements" : "";
    return sentenceOf(faults[0]) + more;
  }

  /** Whether a call failed on a variable that the load never set. */
  function explains(error) {
    if (count === 0 || !isInstance(error, NativeReferenceError)) return false;
    try {
      return exec(UNINITIALIZED, error.message) !== null;
    } catch {
      return false;
    }
  }

  /** Count a value as not made: the statement that was to change it failed. */
  function doubt(value, fault) {
    if (!weakMapHas(doubted, value)) weakMapSet(doubted, value, fault);
  }

  /** Count a variable as not made: what was to set it did not run. */
  function doubtVariable(name, value, fault) {
    if (variables.length < MAX_VARIABLES) variables[variables.length] = { __proto__: null, name, value, fault };
    else doubtAll(fault);
  }

  /** `{reason, fault}` of a variable that does not count as made, by what a function captured; otherwise undefined. */
  function faultOfVariable(name, value) {
    for (let i = 0; i < variables.length; i++) {
      if (variables[i].name === name && objectIs(variables[i].value, value)) return { __proto__: null, reason: "NOT_CHANGED", fault: variables[i].fault };
    }
    return undefined;
  }

  /** Count every agent as not made. */
  function doubtAll(fault) {
    everything ??= fault;
  }

  /** Why a value does not count as made that a fault kept from being changed, in a sentence. */
  function doubtText(fault) {
    const what = fault.ends ? "did not run, since the program had ended: " : "failed: ";
    return "the statement that was to change it " + what + sentenceOf(fault);
  }

  /** A stand-in was made for what a failed statement should have made. */
  const standsFor = (value, fault) => weakMapSet(notMade, value, fault);

  /** `{reason, fault}` of a value that was not made, or does not count as made; otherwise undefined. */
  function faultOf(value) {
    const unmade = weakMapGet(notMade, value);
    if (unmade !== undefined) return { __proto__: null, reason: "NOT_MADE", fault: unmade };
    const fault = everything ?? weakMapGet(doubted, value);
    return fault === undefined ? undefined : { __proto__: null, reason: "NOT_CHANGED", fault };
  }

  return { note, doubt, doubtAll, doubtVariable, faultOfVariable, doubtText, standsFor, faultOf, any: () => count > 0, first: () => faults[0], mapSources, loadedText, sentenceOf, why, explains };
}
