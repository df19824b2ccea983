// What Node's packed modules share with the prelude, as `require("sandbox")`.
import { format } from "../console/format.js";
import { inspect } from "../console/inspect.js";
import { table } from "../console/table.js";
import { notAvailable } from "../core/errors.js";
import { pbkdf2, scrypt } from "../web/derivation.js";
import { digestOf, hasherOf, hashNames, hmacOf, isHash } from "../web/digests.js";
import * as der from "../web/subtle/der.js";
import * as cryptoKeys from "../web/subtle/key.js";
import * as numbers from "../web/subtle/numbers.js";
import * as rsa from "../web/subtle/rsa.js";
import { BroadcastChannel, MessageChannel, MessagePort, takeMessage } from "../web/message-channel.js";
import { blobOfUrl } from "../web/object-urls.js";
import { observeEntries, PerformanceEntry, PerformanceMark, PerformanceMeasure } from "../web/performance.js";
import { isDeepEqual } from "./deep-equal.js";
import { LockManager } from "./locks.js";
import * as refusals from "./refusal.js";
import { types } from "./types.js";

/** Makes it; `unpack` gives the facts about Node, `evalScript(code, file)` evaluates a script. */
export const internals = ({ unpack, evalScript }) => ({
  ...refusals,
  baseBuffer: () => require("buffer/"),
  baseStream: () => unpack("stream"),
  blobOfUrl,
  BroadcastChannel,
  LockManager,
  MessageChannel,
  MessagePort,
  pbkdf2: (...given) => pbkdf2(unpack, ...given),
  scrypt,
  cryptoKeys: { materialOf: (key) => cryptoKeys.materialOf(key) },
  der,
  digestOf,
  evalScript,
  facts: () => unpack("node/facts"),
  format,
  hashNames,
  hasherOf,
  hmacOf,
  inspect,
  isHash,
  isDeepEqual,
  notAvailable,
  numbers,
  observeEntries,
  performanceClasses: { PerformanceEntry, PerformanceMark, PerformanceMeasure },
  rsa,
  table,
  takeMessage,
  types,
  unpack,
});
