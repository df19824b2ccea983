// Prints which names a framework's types give, as TypeScript itself expands them: for each file that is
// given, an object of lists, one for each type that the file exports.
// Usage: names.mjs FOLDER-WITH-NODE_MODULES DECLARATIONS FILE...
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";

const [folder, declarations, ...files] = process.argv.slice(2);
const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: [],
};
// The files are read as if they were in the folder, so that they find its packages.
const placed = new Map(files.map((file) => [join(folder, `names-of-${basename(file)}`), file]));
const host = ts.createCompilerHost(options);
const { fileExists, getSourceFile } = host;
host.fileExists = (name) => placed.has(name) || fileExists(name);
host.getSourceFile = (name, ...more) =>
  placed.has(name) ? ts.createSourceFile(name, readFileSync(placed.get(name), "utf8"), ...more) : getSourceFile(name, ...more);

const program = ts.createProgram([declarations, ...placed.keys()], options, host);
const checker = program.getTypeChecker();

function namesOf(alias) {
  const type = checker.getTypeAtLocation(alias.name);
  const each = type.isUnion() ? type.types : [type];
  return each.map((one) => {
    if (!one.isStringLiteral()) throw new TypeError(`${alias.name.text} is ${checker.typeToString(one)}, and no name`);
    return one.value;
  }).sort();
}

const isExported = (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;
const found = {};
for (const [place, file] of placed) {
  const source = program.getSourceFile(place);
  for (const { messageText } of ts.getPreEmitDiagnostics(program, source)) {
    throw new TypeError(`${file}: ${ts.flattenDiagnosticMessageText(messageText, "\n").slice(0, 2000)}`);
  }
  const aliases = source.statements.filter((node) => ts.isTypeAliasDeclaration(node) && isExported(node));
  found[basename(file, ".ts")] = Object.fromEntries(aliases.map((alias) => [alias.name.text, namesOf(alias)]));
}
console.log(JSON.stringify(found));
