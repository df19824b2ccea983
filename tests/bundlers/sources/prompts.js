export const TONE = "kind" + " and " + `brief`;
const RULES = ["Never guess.", false, "Cite sources."].filter(Boolean);
export const system = (topic, { tone = TONE } = {}) => `You help with ${topic}.
Be ${tone}. ${RULES.map((rule, index) => `${index + 1}) ${rule}`).join(" ")}`;
export default "Greets people.";
