// console.table: rows and columns drawn with lines, limited in size.
import { inspect } from "./inspect.js";

const MAX_ROWS = 100;
const MAX_COLUMNS = 20;

const cell = (value) => inspect(value, { depth: 0, maxStringLength: 200 }).replaceAll("\n", " ");

// Maps and sets are indexed by iteration, and show each key and value whole.
function iterated(data) {
  const values = [...data].slice(0, MAX_ROWS);
  const isMap = data instanceof Map;
  const rows = values.map((item, i) => (isMap ? [`${i}`, cell(item[0]), cell(item[1])] : [`${i}`, cell(item)]));
  return draw([["(iteration index)", ...(isMap ? ["Key"] : []), "Values"], ...rows]);
}

function entriesOf(data) {
  return Object.entries(data).slice(0, MAX_ROWS);
}

function columnsOf(entries, wanted) {
  if (Array.isArray(wanted)) return wanted.slice(0, MAX_COLUMNS).map(String);
  const names = new Set();
  for (const [, row] of entries) {
    if (typeof row !== "object" || row === null) continue;
    for (const name of Object.keys(row)) if (names.size < MAX_COLUMNS) names.add(name);
  }
  return [...names];
}

function rowsOf(entries, columns) {
  return entries.map(([index, row]) => {
    const isObject = typeof row === "object" && row !== null;
    const cells = columns.map((name) => (isObject && Object.hasOwn(row, name) ? cell(row[name]) : ""));
    return [`${index}`, ...cells, isObject ? "" : cell(row)];
  });
}

function draw(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)) + 2);
  const rule = (left, middle, right) => left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const line = (row) => `│${row.map((text, column) => ` ${text}`.padEnd(widths[column])).join("│")}│`;
  const [head, ...body] = rows.map(line);
  return [rule("┌", "┬", "┐"), head, rule("├", "┼", "┤"), ...body, rule("└", "┴", "┘")].join("\n");
}

/** A drawn table, or undefined for data that is not an object and is shown as is. */
export function table(data, wanted) {
  if (typeof data !== "object" || data === null) return undefined;
  if (data instanceof Map || data instanceof Set) return iterated(data);
  const entries = entriesOf(data);
  const columns = columnsOf(entries, wanted);
  const rows = rowsOf(entries, columns);
  const head = ["(index)", ...columns, "Values"];
  const all = [head, ...rows];
  const hasValues = rows.some((row) => row.at(-1) !== "");
  return draw(hasValues ? all : all.map((row) => row.slice(0, -1)));
}
