"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.UNITS = exports.city = void 0;
const { join } = { join: (...parts) => parts.join("/") };
exports.city = { type: "string", description: `City, such as ${"Paris"}` };
exports.UNITS = Object.freeze(["metric", "imperial"]);
exports.modelOf = (provider, id) => join(provider, id);
