// path.matchesGlob: `*`, `?`, `**`, classes and braces.

const escaped = (character) => character.replace(/[|\\{}()[\]^$+?.*]/g, "\\$&");

// The text of a pattern without braces, as a regular expression.
function expression(pattern) {
  let text = "";
  for (let i = 0; i < pattern.length; i++) {
    const rest = pattern.slice(i);
    const folders = /^(?:^|(?<=\/))\*\*(?:\/|$)/.exec(rest);
    const isStart = i === 0 || pattern[i - 1] === "/";
    if (isStart && folders !== null) {
      text += folders[0].endsWith("/") ? "(?:(?!\\.)[^/]+/)*" : "(?:(?!\\.)[^/]+(?:/(?!\\.)[^/]+)*)?";
      i += folders[0].length - 1;
    } else if (pattern[i] === "*") text += isStart ? "(?!\\.)[^/]+" : "[^/]*";
    else if (pattern[i] === "?") text += isStart ? "(?!\\.)[^/]" : "[^/]";
    else if (/^\[[^\]]+\]/.test(rest)) {
      const [group] = /^\[[^\]]+\]/.exec(rest);
      text += group.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
      i += group.length - 1;
    } else text += escaped(pattern[i]);
  }
  return text;
}

function alternatives(pattern) {
  const found = /\{([^{}]*)\}/.exec(pattern);
  if (found === null) return [pattern];
  const [before, after] = [pattern.slice(0, found.index), pattern.slice(found.index + found[0].length)];
  if (!found[1].includes(",")) return alternatives(`${before}\u0001${found[1]}\u0002${after}`).map((each) => each.replaceAll("\u0001", "{").replaceAll("\u0002", "}"));
  return found[1].split(",").flatMap((each) => alternatives(before + each + after));
}

function matchesGlob(path, pattern, separator) {
  for (const [name, value] of [["path", path], ["pattern", pattern]]) {
    if (typeof value !== "string") throw Object.assign(new TypeError(`The "${name}" argument must be of type string.`), { code: "ERR_INVALID_ARG_TYPE" });
  }
  const plain = separator === "\\" ? path.replaceAll("\\", "/") : path;
  return alternatives(pattern).some((each) => new RegExp(`^${expression(each)}$`, "s").test(plain));
}

module.exports = { matchesGlob };
