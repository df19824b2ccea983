"""A file that only the host has is absent in Node's terms; let out, its error is a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.toolrunner.domain import MIB, Limits
from tests.guest.sandboxed import Ran, Sandbox, run_body

HEAD = (
    'import fs from "node:fs"; import path from "node:path"; import { fileURLToPath } from "url";'
)
REASON = ": the sandbox has no file system; bundle the data in, or pass it as input (ENOENT: "
LET_OUT = {
    "fs.readFileSync": "fs.readFileSync('/etc/passwd')",
    "fs.promises.readFile": "await fs.promises.readFile('/etc/passwd')",
    "fs.readFile": "await new Promise((_, no) => fs.readFile('/etc/passwd', no))",
    "fs.createReadStream": "for await (const piece of fs.createReadStream('/etc/passwd')) ;",
    "fs.createWriteStream": (
        "await new Promise((_, no) => fs.createWriteStream('/srv/x').on('error', no))"
    ),
    "fs.statSync": "fs.statSync('/proc/self/environ')",
    "fs.promises.open": "await fs.promises.open('/etc/passwd')",
    "fs.readdirSync": "fs.readdirSync('/etc')",
    "fs.promises.opendir": "await fs.promises.opendir('/etc')",
    "fs.accessSync": "fs.accessSync('/bin/sh')",
    "fs.realpathSync": "fs.realpathSync('/etc/passwd')",
    "fs.watch": "fs.watch('/etc')",
    "fs.cpSync": "fs.cpSync('/etc/passwd', '/tmp/x')",
    "fs.mkdtempSync": "fs.mkdtempSync('/srv/x')",
}


# Fills the disk with files of a MiB.
FILL = (
    "const mib = Buffer.alloc(2 ** 20); for (let i = 0; ; i++) fs.writeFileSync('/tmp/' + i, mib)"
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def ran(sandbox: Sandbox, body: str) -> Ran:
    return run_body(sandbox, body, head=HEAD)


def test_file_of_the_host_let_out_is_a_refusal(sandbox: Sandbox) -> None:
    tools = "".join(
        f"{name.replace('.', '_')}: {{execute: async () => {{ {use} }}}},"
        for name, use in LET_OUT.items()
    )
    loaded = sandbox.load(f"{HEAD} export const agents = {{main: {{tools: {{{tools}}}}}}};")
    for name in LET_OUT:
        failure = loaded.call(name.replace(".", "_")).failure
        assert (name, failure.kind.name) == (name, "CAPABILITY_DENIED")
        assert failure.name == "CapabilityDeniedError"
        assert failure.message.startswith(f"this tool called {name}{REASON}")


def test_caught_error_shows_nodes_code(sandbox: Sandbox) -> None:
    body = """
      try { fs.readFileSync('/etc/passwd'); }
      catch (error) { return [error.name, error.message, {...error}]; }
    """
    message = "ENOENT: no such file or directory, open '/etc/passwd'"
    fields = {"errno": -2, "code": "ENOENT", "syscall": "open", "path": "/etc/passwd"}
    assert ran(sandbox, body).value == ["Error", message, fields]


@pytest.mark.parametrize(
    "body",
    [
        "fs.writeFileSync('/tmp/a', ''); fs.unlinkSync('/tmp/a'); fs.readFileSync('/tmp/a')",
        "fs.mkdirSync('/a'); fs.rmSync('/a', {recursive: true}); fs.readdirSync('/a/b')",
        "fs.writeFileSync('/tmp/a', ''); fs.renameSync('/tmp/a', '/tmp/b'); fs.statSync('/tmp/a')",
        "throw Object.assign(new Error('x'), {code: 'ENOENT', path: '/x', syscall: 'open'})",
    ],
)
def test_file_that_the_tool_removed_is_its_own_error(sandbox: Sandbox, body: str) -> None:
    failure = ran(sandbox, body).failure
    assert (failure.kind.name, failure.name) == ("THROWN", "Error")


def test_failure_shows_where_the_bundle_called(sandbox: Sandbox) -> None:
    for use in ("fs.readFileSync('/x')", "await fs.promises.readFile('/x')"):
        assert "execute (bundle.js:1:" in ran(sandbox, use).failure.stack


def test_files_are_gone_with_the_call(sandbox: Sandbox) -> None:
    head = HEAD + "fs.mkdirSync('/data'); fs.writeFileSync('/data/at-load', '1');"
    body = """
      const before = fs.readdirSync('/data');
      fs.writeFileSync('/data/in-call', 'x');
      fs.appendFileSync('/data/at-load', '2');
      return [before, fs.readFileSync('/data/at-load', 'utf8')];
    """
    form = "export const agents = {main: {tools: {t: {execute: async () => {%s}}}}};"
    loaded = sandbox.load(head + form % body)
    assert [loaded.call("t").value for _ in range(2)] == [[["at-load"], "12"]] * 2


def test_expected_folders_agree_with_the_disk(sandbox: Sandbox) -> None:
    body = """
      const os = require("os");
      const start = process.cwd();
      const found = [start, os.homedir(), os.tmpdir()].map((at) => fs.statSync(at).isDirectory());
      process.chdir(os.tmpdir());
      fs.writeFileSync("here", "1");
      let refused;
      try { process.chdir("missing"); }
      catch ({code, syscall, path, dest}) { refused = [code, syscall, path, dest]; }
      return [found, process.cwd(), fs.existsSync("/tmp/here"), path.resolve("x"), refused];
    """
    refused = ["ENOENT", "chdir", "/tmp", "missing"]
    expected = [[True] * 3, "/tmp", True, "/tmp/x", refused]
    assert ran(sandbox, body).value == expected


def test_place_of_the_bundle_is_told_as_in_node(sandbox: Sandbox) -> None:
    body = """
      const {dirname, filename, url} = import.meta;
      const beside = fileURLToPath(new URL("./data.json", url));
      return [dirname, filename, url, beside, fileURLToPath(url) === filename];
    """
    places = ["/", "/bundle.js", "file:///bundle.js", "/data.json", True]
    assert ran(sandbox, body).value == places


def test_program_knows_its_own_place(sandbox: Sandbox) -> None:
    body = """
      const { realpath } = require("fs/promises");
      const own = [process.argv[1], fileURLToPath(import.meta.url)];
      const found = [...own.map((file) => fs.realpathSync(file)), await realpath(own[1])];
      return [found, fs.realpathSync.native(own[0]), own.map((file) => fs.existsSync(file))];
    """
    places = ["/main.js", "/bundle.js", "/bundle.js"]
    assert ran(sandbox, body).value == [places, "/main.js", [False, False]]


def test_modules_are_resolved_as_in_node(sandbox: Sandbox) -> None:
    body = """
      const tried = ["fs", "node:fs", "./a.js", "https://x.example/a.js", "nowhere", "node:no"];
      return tried.map((name) => {
        try { return import.meta.resolve(name); } catch (error) { return error.code; }
      });
    """
    found = ["node:fs", "node:fs", "file:///a.js", "https://x.example/a.js"]
    assert ran(sandbox, body).value == [
        *found,
        "ERR_MODULE_NOT_FOUND",
        "ERR_UNKNOWN_BUILTIN_MODULE",
    ]


def test_standard_output_by_descriptor_is_console(sandbox: Sandbox) -> None:
    result = ran(sandbox, "fs.writeSync(1, 'out\\n'); fs.writeFileSync('/dev/stderr', 'err')")
    assert result.console == [("log", "out"), ("error", "err")]


@pytest.mark.parametrize(
    "body",
    [
        "fs.writeFileSync('/tmp/x', ''); fs.truncateSync('/tmp/x', 2 ** 40)",
        "const fd = fs.openSync('/tmp/x', 'w'); fs.writeSync(fd, 'x', 2 ** 40)",
        "const piece = Buffer.alloc(2 ** 20); for (;;) fs.appendFileSync('/tmp/x', piece)",
        FILL,
    ],
)
def test_disk_has_an_end(sandbox: Sandbox, body: str) -> None:
    failure = ran(sandbox, body).failure
    assert failure.kind.name == "THROWN"
    assert failure.message.startswith("ENOSPC: no space left on device")


def test_removed_files_give_their_room_back(sandbox: Sandbox) -> None:
    body = """
      const piece = Buffer.alloc(2 ** 24);
      for (let i = 0; i < 5; i++) { fs.writeFileSync('/tmp/x', piece); fs.rmSync('/tmp/x'); }
      return fs.readdirSync('/tmp');
    """
    assert ran(sandbox, body).value == []


def test_heap_limit_comes_before_a_large_disk(sandbox: Sandbox) -> None:
    form = "export const agents = {main: {tools: {t: {execute: async () => {%s}}}}};"
    limits = Limits(memory_bytes=48 * MIB)
    assert sandbox.load(HEAD + form % FILL).call("t", limits=limits).kind == "MEMORY_EXCEEDED"


def test_watching_a_file_keeps_no_call_open(sandbox: Sandbox) -> None:
    body = "fs.watch('/tmp'); fs.watchFile('/tmp/x', () => {}); await new Promise(() => {})"
    assert ran(sandbox, body).kind == "NEVER_SETTLED"


def test_error_in_a_callback_fails_the_call(sandbox: Sandbox) -> None:
    body = """
      fs.stat('/tmp', () => { throw new Error('from the callback'); });
      await new Promise(() => {});
    """
    assert ran(sandbox, body).failure.message == "from the callback"


@pytest.mark.parametrize("form", ['require("fs")', '(await import("fs/promises"))'])
def test_module_named_in_a_tool_is_ready_at_load(sandbox: Sandbox, form: str) -> None:
    result = run_body(sandbox, f"return typeof {form}.readFile")
    assert result.value == "function"
    assert result.outcome.usage.fuel < 10_000_000


def test_top_level_that_survives_absent_files_loads(sandbox: Sandbox) -> None:
    head = """
      let config = {};
      if (fs.existsSync("./logs")) config = JSON.parse(fs.readFileSync("./logs/config.json"));
      let version = "dev";
      try { version = JSON.parse(fs.readFileSync("/nowhere/package.json", "utf8")).version; }
      catch (error) { if (error.code !== "ENOENT") throw error; }
    """
    assert run_body(sandbox, "return [config, version]", head=HEAD + head).value == [{}, "dev"]


def test_top_level_that_needs_a_file_says_so(sandbox: Sandbox) -> None:
    failure = sandbox.load(HEAD + "export const a = fs.readFileSync('/etc/hosts');").ran.failure
    assert failure.kind.name == "LOAD_FAILED"
    assert failure.message.startswith(f"this tool called fs.readFileSync{REASON}")
