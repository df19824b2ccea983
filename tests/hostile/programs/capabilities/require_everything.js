// attacks: require of every kind of path
// expect: result 0
// form: script
// limits: fuel 8G
var names = ["/etc/passwd", "./package.json", "../../server.js", "file:///etc/passwd", "data:text/javascript,1", "https://evil.example/x.js", "node:internal/process", "internal/bootstrap", "\0", "", "constructor", "__proto__", "toString"];
function execute() {
  return names.filter(function (name) {
    try { var found = require(name); return typeof found === "object" && found !== null && Object.keys(found).length > 0; } catch (error) { return false; }
  }).length;
}
module.exports = { default: { tools: { run: { execute: execute } } } };
