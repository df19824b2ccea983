// What the tools compute: dates, checksums, sums, order. Pure, so that every engine must agree.
const DAY_MS = 86_400_000;

export function days(start, count, weekdaysOnly) {
  const found = [];
  for (let at = Date.parse(`${start}T00:00:00Z`); found.length < count; at += DAY_MS) {
    const weekday = new Date(at).getUTCDay();
    if (weekdaysOnly && (weekday === 0 || weekday === 6)) continue;
    found.push(new Date(at).toISOString().slice(0, 10));
  }
  return found;
}

export function crc32(text) {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}

export function invoiceLines(items, currency) {
  let total = 0;
  const lines = items.map(({ name, quantity, price }) => {
    const sum = quantity * price;
    total += sum;
    return `${name.padEnd(12, ".")}${sum.toFixed(2).padStart(10)} ${currency}`;
  });
  return { lines, total: Math.round(total * 100) / 100 };
}

export function inOrder(names, descending) {
  const unique = [...new Set(names.map((name) => name.trim()).filter(Boolean))];
  unique.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return descending ? unique.reverse() : unique;
}

export function area(shape) {
  switch (shape.kind) {
    case "circle":
      return Math.round(Math.PI * shape.radius ** 2 * 1000) / 1000;
    case "rectangle":
      return shape.width * shape.height;
    default:
      return shape.points.reduce((sum, [x, y], at, all) => {
        const [nextX, nextY] = all[(at + 1) % all.length];
        return sum + (x * nextY - nextX * y) / 2;
      }, 0);
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function race(jobs) {
  const order = [];
  await Promise.all(
    jobs.map(async ({ name, ms }) => {
      await pause(ms);
      order.push(name);
    }),
  );
  return order;
}

export class StockError extends Error {
  constructor(item) {
    super(`no ${item} in stock`);
    this.name = "StockError";
    this.item = item;
  }
}

export function take(stock, item, count) {
  if (count > 1000) throw new RangeError(`cannot take ${count}`);
  if (!(item in stock)) throw new StockError(item);
  return { item, left: stock[item] - count };
}
