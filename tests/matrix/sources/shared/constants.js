// Constants that live in a module of their own, as larger projects have them.
export const PRIORITIES = ["low", "normal", "high"];
export const CURRENCIES = Object.freeze({ Euro: "EUR", Dollar: "NZD", Yen: "JPY" });
export const LIMITS = Object.freeze({ days: 366, names: 50, text: 4096 });
export const TEAM = { name: "Operations", city: "Tauranga" };
export const PROVIDER = "anthropic";
export const STEPS = 4;
const house = "Answer in one sentence";
export const RULES = [`${house}.`, "Never guess; use the tools.", 'Say "I do not know" when you do not.'];
