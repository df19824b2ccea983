// In place of the package of this name, which comes without its licence's text.
import { expand } from "brace-expansion";
import picomatch from "picomatch/posix.js";

/** A regular expression for one step of a glob, without slashes. */
export const toRegex = (step, { dot = false } = {}) => picomatch.makeRe(step, { dot, nonegate: true, nocomment: true });

/** A test of a whole path. */
export const toMatcher = (pattern) => picomatch(pattern);

/** The patterns that braces stand for. */
export const expandBraces = (pattern) => (pattern === "" ? [""] : expand(pattern));
