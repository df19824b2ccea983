// Inputs for the tools, by the name of a tool: several that it takes, and some that it must refuse.
const day = "2026-02-26";
const to = { street: "1 Devonport Road", city: "Tauranga" };

export const cases = {
  schedule: [
    { start: day, days: 4, weekdaysOnly: true },
    { start: "2024-02-27", days: 5, weekdaysOnly: false },
    { start: day, days: 2 },
    { start: "soon", days: 2, weekdaysOnly: false },
    { start: day, days: 0.5, weekdaysOnly: false },
  ],
  schedule_days: [
    { start: day, days: 4, weekdaysOnly: true },
    { start: "2024-02-27", days: 5, weekdaysOnly: null },
    { start: day, days: 2 },
    { start: day, days: 0.5, weekdaysOnly: false },
  ],
  invoice: [
    { items: [{ name: "Nails", quantity: 3, price: 2.35 }, { name: "Öl", quantity: 1, price: 19.999 }], currency: "NZD", to },
    { items: [{ name: "Planks", quantity: 12, price: 0.1 }], to },
    { items: [], currency: "EUR", to },
    { items: [{ name: "Nails", quantity: -1, price: 2 }], currency: "EUR", to },
    { items: "many", currency: "EUR", to },
  ],
  sort: [
    { names: ["b", "a", " a ", "Z", "ä", ""], order: "down" },
    { names: ["💧", "\u{1F600}", "z", "10", "9"], order: "up" },
    { names: [1], order: "up" },
    { names: ["a"], order: "sideways" },
  ],
  checksum: [{ text: "caisson" }, { text: "" }, { text: "déjà vu 💧" }, { text: 7 }, {}],
  measure: [
    { shape: { kind: "circle", radius: 2.5 }, unit: "m" },
    { shape: { kind: "rectangle", width: 0.1, height: 0.2 }, unit: "ft" },
    { shape: { kind: "ellipse" }, unit: "m" },
  ],
  polygon: [
    { points: [{ x: 0, y: 0 }, { x: 4, y: 0 }, { x: 0, y: 3 }], label: "triangle" },
    { points: [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }] },
  ],
  withdraw: [
    { stock: { nails: 100 }, item: "nails", count: 30 },
    { stock: { nails: 100 }, item: "nails" },
    { stock: { nails: 100 }, item: "glue", count: 1 },
    { stock: { nails: 100 }, item: "nails", count: 2000 },
    { stock: { nails: "100" }, item: 5, count: 1 },
  ],
  excused: [{ item: "glue" }],
  relay: [{ jobs: [{ name: "slow", ms: 30 }, { name: "fast", ms: 1 }, { name: "middle", ms: 12 }] }, { jobs: [] }],
  note: [
    { street: "1 Road", title: "  Hello  ", body: null },
    {
      street: "1 Road", city: "Napier", zip: "1010", title: "T", body: "b", priority: "high", tags: ["A", "b"],
      mail: "a@b.example", link: "https://example.com/x?y=1", id: "6f1c1f0e-2f7b-4c1e-9a55-0f7f6ad0a8c1",
      extra: { depth: { level: 3 } }, anything: { deep: [1, null] }, unknown: 1,
    },
    { street: "", title: "T", body: null },
    { street: "1 Road", title: "T", body: null, mail: "nobody" },
    { street: "1 Road", title: "T" },
  ],
  change: [
    { title: "T", street: "S", at: { x: 1, y: 2, z: 3 } },
    { title: "T", street: "S", at: { x: 1 } },
  ],
  mixed: [
    { value: null, fixed: "v1", both: { a: "a", b: 1.5 }, counts: { a: 1 }, pair: ["a", 1], even: 4 },
    { value: true, fixed: "v1" },
    { value: "text", fixed: "v2" },
    { value: 1, fixed: "v1", even: 3 },
    { value: 1, fixed: "v1", pair: ["a"] },
    { value: 1, fixed: "v1", both: { a: "a", b: 0.3 } },
  ],
  versioned: [
    { kept: "k", coerced: 12, shout: "loud", size: 9, when: "2026-02-26T10:00:00Z" },
    { kept: "k", coerced: 1, shout: "loud" },
    { kept: 1, coerced: 3, shout: "loud" },
    { kept: "k", coerced: 3, shout: "quiet", size: "big" },
  ],
  raw: [{ query: "tide", top: 2 }, { query: "tide" }, { query: "tide", other: 1 }, { query: "t" }],
};
