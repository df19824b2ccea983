// Quoting and line layout.

/** Maximum characters of one formatted value. */
export const MAX_OUTPUT = 32_000;

const ESCAPES = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\\": "\\\\" };

function escapeWith(text, mark) {
  return text.replace(/[\u0000-\u001f\u007f\\'"`]/g, (character) => {
    if (character === mark) return `\\${character}`;
    if (character === "'" || character === '"' || character === "`") return character;
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
}

/** A string in quotes that it does not contain, chosen as in Node. */
export function quote(text) {
  let mark = "'";
  if (text.includes("'")) mark = text.includes('"') ? (text.includes("`") ? "'" : "`") : '"';
  return mark + escapeWith(text, mark) + mark;
}

const MIN_GROUPED = 7;
const MAX_COLUMNS = 12;

// Many short entries: in a suitable number of columns, numbers aligned right, as in Node.
function inColumns(entries, rest, indent, breakLength, isNumeric) {
  const lengths = entries.map((entry) => entry.length);
  const longest = Math.max(...lengths) + 2;
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  const isShort = longest * 3 + indent < breakLength && (total / longest > 5 || longest <= 8);
  if (!isShort) return undefined;
  const bias = Math.max(longest - 3 - Math.sqrt(longest - total / (entries.length + rest.length)), 1);
  const wanted = Math.round(Math.sqrt(2.5 * bias * entries.length) / bias);
  const columns = Math.min(wanted, Math.floor((breakLength - indent) / longest), MAX_COLUMNS, 15);
  if (columns <= 1) return undefined;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lengths.filter((_, i) => i % columns === column), 0) + 2);
  const lines = [];
  for (let from = 0; from < entries.length; from += columns) {
    const row = entries.slice(from, from + columns);
    const cells = row.map((entry, column) => {
      const isLast = column === row.length - 1;
      if (isNumeric) return isLast ? entry.padStart(widths[column] - 2) : `${entry}, `.padStart(widths[column]);
      return isLast ? entry : `${entry}, `.padEnd(widths[column]);
    });
    lines.push(cells.join(""));
  }
  return [...lines, ...rest];
}

/**
 * Entries between brackets, as Node lays them out: in columns when there are many short ones, on
 * one line when it is short and not deep, otherwise one per line. `grouping` allows columns for a
 * list: `{extra, isNumeric}`, where the last `extra` entries are excluded.
 */
export function layout(prefix, open, close, entries, depth, breakLength, { grouping, isShallow = true } = {}) {
  const head = prefix === "" ? "" : `${prefix} `;
  if (entries.length === 0) return `${head}${open}${close}`;
  const indent = "  ".repeat(depth);
  let lines = entries;
  if (grouping !== undefined && entries.length - grouping.extra >= MIN_GROUPED) {
    const split = entries.length - grouping.extra;
    const [items, rest] = [entries.slice(0, split), entries.slice(split)];
    lines = inColumns(items, rest, indent.length, breakLength, grouping.isNumeric) ?? entries;
  }
  if (isShallow && lines === entries) {
    const length = entries.reduce((sum, entry) => sum + entry.length, 0) + entries.length;
    const start = entries.length + indent.length + open.length + prefix.length + 10;
    const fits = length + start <= breakLength && !entries.some((entry) => entry.includes("\n"));
    if (fits && !prefix.includes("\n")) return `${head}${open} ${entries.join(", ")} ${close}`;
  }
  return `${head}${open}\n${lines.map((line) => `${indent}  ${line}`).join(",\n")}\n${indent}${close}`;
}
