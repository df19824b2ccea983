// The tokens of a statement's text, as far as it takes to tell names, calls and assignments apart.

const SPACE = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)*/;
const WORD = /[\w$#\u0080-\uffff]+/;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/;
const MARK =
  /\.\.\.|\?\.(?!\d)|=>|[!=]==?|[<>]=|\+\+|--|(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])=|&&|\|\||\?\?|\*\*|<<|>>>?|[^]/;
// One search for each token, since each takes its time; nothing but space may be left.
const TOKEN = new RegExp(`${SPACE.source}(?:(${WORD.source})|(${STRING.source})|(${MARK.source})|$)`, "y");
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
const KEYWORDS = new Set(
  ("if for while switch catch with function return typeof void await async new delete in of instanceof throw case do " +
    "else yield let const var class extends try finally break continue default super null true false").split(" "),
);
// After these a slash divides.
const ENDS_VALUE = new Set([")", "]", "}", "this", "super", "null", "true", "false"]);

export const Kind = Object.freeze({ NAME: 1, KEYWORD: 2, STRING: 3, TEMPLATE: 4, MARK: 5, OTHER: 6 });

const divides = (before) =>
  before !== undefined && before.kind !== Kind.KEYWORD && (before.kind !== Kind.MARK || ENDS_VALUE.has(before.text));

const isDigit = (code) => code >= 48 && code <= 57;

function kindOfWord(word, before) {
  if (isDigit(word.charCodeAt(0))) return Kind.OTHER;
  const isMember = before?.text === "." || before?.text === "?.";
  return KEYWORDS.has(word) && !isMember ? Kind.KEYWORD : Kind.NAME;
}

/**
 * The tokens `{kind, text, end}` of JavaScript, which end there in the text; a template's marks are "`" before it and "${", "}" around its
 * values. Returns undefined for a text that ends within a token.
 */
export function tokensOf(text) {
  const tokens = [];
  const templates = []; // how many braces are open in each template's value
  let at = 0;

  function take(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found;
  }

  // Goes behind the regular expression that begins there; false if none does.
  function regexpAt(begin) {
    const behind = at;
    at = begin;
    const found = take(REGEXP) !== undefined;
    if (!found) at = behind;
    return found;
  }

  // The rest of a template up to its end or its next value; false if it has neither.
  function template() {
    const found = take(TEMPLATE);
    if (found === undefined) return false;
    if (found[1] === "`") return true;
    templates.push(0);
    tokens.push({ kind: Kind.MARK, text: "${", end: at });
    return true;
  }

  function mark(found) {
    if (found === "/" || found === "/=") {
      const begin = at - found.length;
      if (!divides(tokens.at(-1)) && regexpAt(begin)) {
        tokens.push({ kind: Kind.OTHER, text: "/", end: at });
        return true;
      }
    }
    const open = templates.length - 1;
    if (open >= 0 && found === "{") templates[open]++;
    if (open >= 0 && found === "}" && templates[open]-- === 0) {
      templates.pop();
      tokens.push({ kind: Kind.MARK, text: "}", end: at });
      return template();
    }
    if (found === "`") {
      tokens.push({ kind: Kind.TEMPLATE, text: "`", end: at });
      return template();
    }
    if (found === '"' || found === "'") return false;
    tokens.push({ kind: Kind.MARK, text: found, end: at });
    return true;
  }

  while (at < text.length) {
    const found = take(TOKEN); // not taken apart, which costs as much as the search
    if (found[1] !== undefined) tokens.push({ kind: kindOfWord(found[1], tokens.at(-1)), text: found[1], end: at });
    else if (found[2] !== undefined) tokens.push({ kind: Kind.STRING, text: found[2], end: at });
    else if (found[3] !== undefined && !mark(found[3])) return undefined;
  }
  return templates.length === 0 ? tokens : undefined;
}
