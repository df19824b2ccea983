// How texts are quoted and put on lines.

/** Most characters of one formatted value. */
export const MAX_OUTPUT = 32_000;

const ESCAPES = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v", "\\": "\\\\" };

function escapeWith(text, mark) {
  return text.replace(/[\u0000-\u001f\u007f\\'"`]/g, (character) => {
    if (character === mark) return `\\${character}`;
    if (character === "'" || character === '"' || character === "`") return character;
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
  });
}

/** A string between quotes that it does not hold, as Node chooses them. */
export function quote(text) {
  let mark = "'";
  if (text.includes("'")) mark = text.includes('"') ? (text.includes("`") ? "'" : "`") : '"';
  return mark + escapeWith(text, mark) + mark;
}

// Many short entries: as many on a line as fit.
function packed(entries, indent, breakLength) {
  const lines = [];
  let line = `${indent}  ${entries[0]}`;
  for (const entry of entries.slice(1)) {
    if (line.length + entry.length + 3 <= breakLength - 4) line += `, ${entry}`;
    else {
      lines.push(`${line},`);
      line = `${indent}  ${entry}`;
    }
  }
  return [...lines, line].join("\n");
}

/** Entries between brackets: one line when short, else one entry a line or, if short, many. */
export function layout(prefix, open, close, entries, depth, breakLength) {
  const head = prefix === "" ? "" : `${prefix} `;
  if (entries.length === 0) return `${head}${open}${close}`;
  const line = entries.join(", ");
  const space = open === "[" || open === "{" ? " " : "";
  const fits = line.length + head.length + depth * 2 <= breakLength - 8 && !line.includes("\n");
  if (fits) return `${head}${open}${space}${line}${space}${close}`;
  const indent = "  ".repeat(depth);
  const isDense = open === "[" && entries.length > 6 && entries.every((entry) => entry.length <= 16);
  if (isDense) return `${head}${open}\n${packed(entries, indent, breakLength)}\n${indent}${close}`;
  const lines = entries.map((entry) => `${indent}  ${entry}`).join(",\n");
  return `${head}${open}\n${lines}\n${indent}${close}`;
}
