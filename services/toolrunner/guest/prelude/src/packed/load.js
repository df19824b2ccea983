// Large packages lie as text in the prelude's data and are evaluated on first use: compiled, they would
// take many times their size in every image, used or not.
import { PRELUDE_FILE } from "../core/kinds.js";
import brotli from "packed:./brotli.js";
import ciphers from "packed:./ciphers.js";
import curves from "packed:./curves.js";
import derivation from "packed:./key-derivation.js";
import files from "packed:./files.js";
import hostNames from "packed:./host-names.cjs";
import network from "packed:./network.js";
import stream from "packed:./stream.cjs";
import zlib from "packed:./zlib.js";
import zod from "packed:./zod.js";
import { nodeTexts } from "./node-texts.js";
import { lengthOf, startOf } from "./places.js";

const PLACES = { brotli, ciphers, curves, derivation, files, hostNames, network, stream, zlib, zod, ...nodeTexts };

/** Makes `unpack(name)`, which evaluates a package once; `requireOf` resolves its requires. */
export function createUnpack(evalData, requireOf) {
  const loaded = new Map();
  return function unpack(name) {
    if (!loaded.has(name)) {
      const module = { exports: {} };
      const evaluated = evalData(startOf(PLACES[name]), lengthOf(PLACES[name]), PRELUDE_FILE);
      evaluated(module, module.exports, requireOf);
      loaded.set(name, module.exports);
    }
    return loaded.get(name);
  };
}
