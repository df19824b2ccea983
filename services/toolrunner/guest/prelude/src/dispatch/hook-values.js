// What a hook returns, as plain data: values, and messages, of which those that it was given are told by
// their place.
import { modelOf } from "./agent-values.js";
import { isObject, read } from "./names.js";
import { plain } from "./plain.js";

/** What a hook says and Caisson cannot do; the message is a clause. */
export class Dishonoured extends Error {}

/** A value as plain data; throws where JSON cannot express all of it. `what` names it. */
export function plainOf(value, what) {
  const [copy, isWhole] = plain(value);
  if (isWhole && copy !== undefined) return copy;
  throw new Dishonoured(`${what} holds what JSON cannot express`);
}

/** A model that a hook returned, as `modelOf` tells it. */
export function modelTold(value) {
  try {
    return modelOf(value);
  } catch (error) {
    throw new Dishonoured(`its \`model\` cannot be used: ${error.message}`);
  }
}

/** Whether a value may be what a hook answers with: an object, which generators and lists are not. */
export const isAnswer = (value) =>
  isObject(value) && typeof read(value, Symbol.iterator) !== "function" && typeof read(value, Symbol.asyncIterator) !== "function";

/** Whether two values are the same as JSON. */
export const isSameData = (left, right) => JSON.stringify(left) === JSON.stringify(right);

const MAX_MESSAGES = 5000;
const MEDIA = new Set(["file", "image", "media"]);

const hasMedia = ({ content }) => Array.isArray(content) && content.some((part) => MEDIA.has(part?.type));

/**
 * The messages that a hook returned: a list of `{ref}` for those of `given` that are unchanged, and of whole
 * messages; undefined where all of them are there, in their order. `before` is what `given` was before the
 * hook, which may have changed it.
 */
export function messagesTold(returned, given, before) {
  if (!Array.isArray(returned)) throw new Dishonoured("its `messages` are no list");
  if (returned.length > MAX_MESSAGES) throw new Dishonoured(`its messages are more than ${MAX_MESSAGES}`);
  const texts = before.map((message) => JSON.stringify(message));
  const places = new Map(given.map((message, at) => [message, at]));
  const copies = new Map(texts.map((text, at) => [text, at]));

  function told(message) {
    if (!isObject(message)) throw new Dishonoured("one of its messages is no object");
    const at = places.get(message);
    const text = JSON.stringify(message);
    if (at !== undefined && texts[at] === text) return { ref: at };
    // The bytes of files are not here, so that two of them may look alike.
    const copy = hasMedia(message) ? undefined : copies.get(text);
    if (copy !== undefined) return { ref: copy };
    const { role, content } = message;
    return { role: plainOf(role, "the role of a message"), content: plainOf(content, "a message") };
  }

  const found = [];
  for (let at = 0; at < returned.length; at++) found.push(told(returned[at]));
  const isSame = found.length === given.length && found.every(({ ref }, at) => ref === at);
  return isSame ? undefined : found;
}
