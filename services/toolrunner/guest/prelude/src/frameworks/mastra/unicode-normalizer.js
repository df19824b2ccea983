// Mastra's processor that brings the characters of messages into one form.
const CONTROL = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]/g;
const NOT_PLAIN = /[^\t\n\r\x20-\x7E\xA0-\uFFFF]/g;

export class UnicodeNormalizer {
  id = "unicode-normalizer";
  name = "Unicode Normalizer";

  constructor({ stripControlChars = false, preserveEmojis = true, collapseWhitespace = true, trim = true } = {}) {
    this.options = { stripControlChars, preserveEmojis, collapseWhitespace, trim };
  }

  normalizeText(given) {
    const { stripControlChars, preserveEmojis, collapseWhitespace, trim } = this.options;
    let text = given.normalize("NFKC");
    if (stripControlChars) text = text.replace(preserveEmojis ? CONTROL : NOT_PLAIN, "");
    if (collapseWhitespace) text = text.replace(/\r\n?/g, "\n").replace(/\n+/g, "\n").replace(/[ \t]+/g, " ");
    return trim ? text.trim() : text;
  }

  processInput({ messages }) {
    const normal = (text) => (typeof text === "string" ? this.normalizeText(text) : text);
    return messages.map(({ content, ...message }) => {
      const parts = content.parts?.map((part) => (part.type === "text" ? { ...part, text: normal(part.text) } : part));
      return { ...message, content: { ...content, parts, content: normal(content.content) } };
    });
  }
}
