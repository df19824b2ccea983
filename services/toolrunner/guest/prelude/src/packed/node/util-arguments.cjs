// util.parseArgs, from the package that was its model, with the option `allowNegative`.
const { parseArgs: parse } = require("@pkgjs/parseargs");

/** Replaces `--no-x` by `--x` where x is a flag; returns the arguments, and which were so. */
function withoutNegatives(args, options) {
  const negative = new Set();
  const end = args.indexOf("--");
  const plain = args.map((arg, i) => {
    const name = /^--no-(.+)$/.exec(arg)?.[1];
    const isFlag = name !== undefined && (end < 0 || i < end) && options[name]?.type !== "string" && options[`no-${name}`] === undefined;
    if (!isFlag) return arg;
    negative.add(i);
    return `--${name}`;
  });
  return { plain, negative };
}

function parseArgs(config = {}) {
  const { allowNegative = false, tokens: wantsTokens = false, options = {}, args = process.argv.slice(2) } = config;
  if (!allowNegative) return parse(config);
  const { plain, negative } = withoutNegatives([...args], options);
  const { values, positionals, tokens } = parse({ ...config, args: plain, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || !negative.has(token.index)) continue;
    token.rawName = `--no-${token.name}`;
    if (options[token.name]?.multiple) continue;
    const last = tokens.findLast(({ kind, name }) => kind === "option" && name === token.name);
    if (last === token) values[token.name] = false;
  }
  for (const [name, { multiple }] of Object.entries(options)) {
    const given = tokens.filter((token) => token.kind === "option" && token.name === name);
    if (multiple && given.some(({ index }) => negative.has(index))) values[name] = given.map(({ index, value }) => value ?? !negative.has(index));
  }
  return { values, positionals, ...(wantsTokens ? { tokens } : {}) };
}

module.exports = { parseArgs };
