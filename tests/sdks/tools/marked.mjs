import { marked } from "marked";

export async function call() {
  return marked.parse("# Title\n\n- one\n- *two*\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n```js\nx < 1\n```\n");
}
