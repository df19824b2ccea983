// The DER subset that keys need: integers, octets, bits, object identifiers and sequences.
import { DOMException } from "../dom-exception.js";

export const INTEGER = 0x02;
export const BITS = 0x03;
export const OCTETS = 0x04;
export const OBJECT_ID = 0x06;
export const SEQUENCE = 0x30;
const MAX_ITEMS = 16;

const bad = () => new DOMException("The key is not valid DER", "DataError");

function lengthBytes(length) {
  if (length < 0x80) return [length];
  const bytes = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Encodes a value: its tag, and the bytes of its content or nested values. */
export function der(tag, ...contents) {
  const content = joined(contents);
  return joined([[tag, ...lengthBytes(content.length)], content]);
}

export const sequence = (...items) => der(SEQUENCE, ...items);
export const bits = (bytes) => der(BITS, [0], bytes);
export const objectId = (bytes) => der(OBJECT_ID, bytes);
export const NULL = der(0x05);

/** An integer that is not negative, from its bytes. */
export function integer(bytes) {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const rest = bytes.subarray(from);
  return rest[0] & 0x80 ? der(INTEGER, [0], rest) : der(INTEGER, rest);
}

function readItem(bytes, at) {
  const tag = bytes[at];
  let length = bytes[at + 1];
  let from = at + 2;
  if (length === undefined) throw bad();
  if (length & 0x80) {
    const size = length & 0x7f;
    if (size === 0 || size > 3) throw bad();
    length = 0;
    for (let i = 0; i < size; i++) length = (length << 8) | (bytes[from + i] ?? 0);
    from += size;
  }
  if (from + length > bytes.length) throw bad();
  return { tag, content: bytes.subarray(from, from + length), end: from + length };
}

/** The values in a content, one after the other, as `{tag, content}`. */
export function itemsOf(content) {
  const items = [];
  for (let at = 0; at < content.length; ) {
    if (items.length >= MAX_ITEMS) throw bad();
    const item = readItem(content, at);
    items.push(item);
    at = item.end;
  }
  return items;
}

/** The content of the single value in these bytes; throws a DataError for another tag. */
export function only(bytes, tag) {
  const item = readItem(bytes, 0);
  if (item.tag !== tag || item.end !== bytes.length) throw bad();
  return item.content;
}

/** The content of an item of a list, of this tag. */
export function contentAt(items, index, tag) {
  if (items[index]?.tag !== tag) throw bad();
  return items[index].content;
}

/** The bytes of a bit string of whole bytes. */
export function bitsAt(items, index) {
  const content = contentAt(items, index, BITS);
  if (content[0] !== 0) throw bad();
  return content.subarray(1);
}
