// What stands around the digits of a number: patterns such as `¤ #,##0.00;(¤ #,##0.00)`, with their
// signs, percent signs and currencies as parts.

const cache = new Map();

function affix(text) {
  const tokens = [];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "'") {
      if (text[i + 1] === "'") tokens.push({ text: text[(i += 1)] });
      else quoted = !quoted;
    } else if (!quoted && c === "¤") {
      let count = 1;
      while (text[i + 1] === "¤") [i, count] = [i + 1, count + 1];
      tokens.push({ sign: "¤", count });
    } else if (!quoted && "-+%‰".includes(c)) tokens.push({ sign: c });
    else if (tokens.at(-1)?.text !== undefined) tokens.at(-1).text += c;
    else tokens.push({ text: c });
  }
  return tokens;
}

function half(pattern) {
  // Digits begin outside of quotes.
  const plain = pattern.replace(/'[^']*'/g, (quoted) => "\0".repeat(quoted.length));
  const start = plain.search(/[#0]/);
  const length = /^[#0,.]+(?:E\+?0+)?/.exec(plain.slice(start))?.[0].length ?? 0;
  return { prefix: affix(pattern.slice(0, start)), number: pattern.slice(start, start + length), suffix: affix(pattern.slice(start + length)) };
}

/** A pattern taken apart: `{positive, negative, groups}`; `negative` only where it is stated. */
export function parsedPattern(pattern) {
  if (!cache.has(pattern)) {
    const [positive, negative] = pattern.split(";").map(half);
    const whole = positive.number.split(".")[0].split(",");
    const [primary, secondary] = [whole.at(-1)?.length, whole.at(-2)?.length];
    const groups = whole.length === 1 ? undefined : { primary, secondary: whole.length > 2 ? secondary : primary };
    cache.set(pattern, { positive, negative, groups });
  }
  return cache.get(pattern);
}

const hasMinus = ({ prefix, suffix }) => [...prefix, ...suffix].some(({ sign }) => sign === "-");

/** The tokens before and after the digits for a sign: "-", "+", "~" or "" (also "~-" and so on). */
export function affixesFor({ positive, negative }, sign) {
  const isMinus = sign.includes("-");
  const usesNegative = negative !== undefined && (isMinus || (sign !== "" && hasMinus(negative)));
  const { prefix, suffix } = usesNegative ? negative : positive;
  const swap = (tokens) => tokens.flatMap((token) => (token.sign === "-" ? [...sign].map((one) => ({ sign: one })) : [token]));
  if (usesNegative) return { prefix: swap(prefix), suffix: swap(suffix) };
  return { prefix: [...[...sign].map((one) => ({ sign: one })), ...prefix], suffix };
}

const TRIMMED = /^([\s\u200e\u200f\u061c]*)([\s\S]*?)([\s\u200e\u200f\u061c]*)$/u;

/** Parts without spaces and marks at their ends, which become literals; neighbouring literals join. */
export function tidy(parts) {
  const result = [];
  const push = (part) => {
    const last = result.at(-1);
    if (part.value === "") return;
    if (part.type === "literal" && last?.type === "literal" && last.source === part.source) last.value += part.value;
    else result.push({ ...part });
  };
  for (const part of parts) {
    if (part.type === "literal" || part.type === "group") push(part);
    else {
      const [, before, value, after] = TRIMMED.exec(part.value);
      const literal = (text) => ({ ...part, type: "literal", value: text });
      push(literal(before));
      push({ ...part, value });
      push(literal(after));
    }
  }
  return result;
}
