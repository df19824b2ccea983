// TextEncoder and related classes, atob and btoa, from @exodus/bytes; no legacy multi-byte tables.
import {
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
} from "@exodus/bytes/encoding-lite.js";
import { defineGlobals } from "./define.js";

defineGlobals({ TextDecoder, TextEncoder, TextDecoderStream, TextEncoderStream });
