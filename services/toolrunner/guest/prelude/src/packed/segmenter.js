// Grapheme boundaries, by Unicode's rules.
export { Segmenter } from "unicode-segmenter/intl-adapter";
