"""Builds the images of deploy/Dockerfile without a registry, and starts what lies in them.

As root on Debian: buildah builds, on a base that mmdebstrap makes. The folder of an image is
mounted read-only, and its program started there as the image says, by the user whom it names.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.house.installs import ROOT, build_wheels
from tests.npm import BUILD

PACKAGES = ("buildah", "mmdebstrap")
SUITE = "bookworm"
# What a base needs: Python, the web's authorities, and what apt brings anyway, libseccomp.
OF_BASE = "python3,ca-certificates,libseccomp2"
BASE = "localhost/caisson-base"
TIMEOUT_S = 600
HOME = BUILD / "images"
# An image's own folders that it writes to, and where programs keep temporary files.
WRITABLE = ("/tmp", "/var/lib/caisson", "/var/cache/caisson")
# Makes a read-only view of a folder with its writable places empty, and starts a program in it.
START = """
set -e
root=$1 user=$2 writable=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
owner=mode=700,uid=${user%:*},gid=${user#*:},noexec,nosuid,nodev
for folder in $writable; do
  [ ! -d "$root$folder" ] || mount -t tmpfs -o $owner tmpfs "$root$folder"
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec setpriv --bounding-set=-all,+sys_chroot,+setuid,+setgid --no-new-privs \
  /usr/sbin/chroot --userspec="$user" "$root" "$@"
"""


def ran(command: Sequence[str], **more: Any) -> str:
    """Return what a program printed; the test fails with the end of what it said if it fails."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, **more
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def need_builders() -> None:
    """Install what builds images, or skip the test where that is not to be had."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("images are built by root on Debian")
    if missing := [each for each in PACKAGES if shutil.which(each) is None]:
        ran(["apt-get", "update", "-qq"])
        ran(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing])


def buildah(*arguments: str) -> str:
    """Run buildah on a storage of our own; return what it printed."""
    storage = ["--root", str(HOME / "storage"), "--runroot", str(HOME / "run")]
    environment = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
    return ran(["buildah", *storage, *arguments], env=environment).strip()


def base() -> str:
    """Return the name of the base image, made if it is not there."""
    if BASE not in buildah("images", "--format", "{{.Name}}"):
        archive = HOME / "base.tar"
        if not archive.exists():
            fresh = archive.with_name("new.tar")
            ran(["mmdebstrap", "--variant=minbase", f"--include={OF_BASE}", SUITE, str(fresh)])
            fresh.rename(archive)
        container = buildah("from", "scratch")
        buildah("add", "-q", container, str(archive), "/")
        buildah("commit", "-q", "--rm", container, BASE)
    return BASE


def context(folder: Path) -> Path:
    """Return a folder with what the Dockerfile copies: both wheels and the locks."""
    shutil.copytree(build_wheels(folder), folder / "context/dist")
    shutil.copytree(ROOT / "deploy/locks", folder / "context/deploy/locks")
    return folder / "context"


def build(target: str, folder: Path) -> str:
    """Build one target from a context; return the name of the image."""
    tool = importlib.util.find_spec("pip")
    assert tool is not None
    assert tool.origin is not None
    mounts = {Path(tool.origin).parent: "/usr/lib/python3/dist-packages/pip"}
    configuration, places = pip_configuration()
    mounts |= {place: str(place) for place in places}
    secret = folder / "pip.conf"
    secret.touch(0o600)
    secret.write_text(configuration)
    name = f"localhost/caisson-{target}"
    arguments = ["--pull-never", "--layers", "--target", target, "-t", name]
    arguments += ["--build-arg", f"BASE={base()}", "--secret", f"id=pip,src={secret}"]
    for place, inside in mounts.items():
        arguments += ["-v", f"{place}:{inside}:ro"]
    buildah("build", *arguments, "-f", str(ROOT / "deploy/Dockerfile"), str(folder))
    return name


def pip_configuration() -> tuple[str, list[Path]]:
    """Return pip's configuration of where packages are, and the folders and files it names."""
    listed = ran([sys.executable, "-m", "pip", "config", "list"])
    found: dict[str, str] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        if (key := name.rpartition(".")[2]) != "constraint":
            found[key] = ast.literal_eval(value)
    places = {Path(each) for value in found.values() for each in re.findall(r"/[\w./-]+", value)}
    # An index in a folder, the usual "simple", keeps its files beside it. The address of a server
    # has parts that look like paths.
    whole = {each.parent if each.name == "simple" else each for each in places}
    there = [each for each in sorted(whole) if len(each.parts) > 2 and each.exists()]
    indented = (f"{key} = " + value.replace("\n", "\n  ") for key, value in found.items())
    return "\n".join(["[global]", *indented, ""]), there


@dataclass(frozen=True)
class Image:
    """An image, unpacked: its root folder, and how it is to be started."""

    root: Path
    user: str
    entrypoint: tuple[str, ...]
    environment: Mapping[str, str]
    configuration: Mapping[str, Any]

    @contextmanager
    def started(self, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """Start the image's program; at the end stop it as a container is, and expect status 0."""
        process = self.spawn([*self.entrypoint, *arguments], variables, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            # unshare waits for the program, and does not hand on signals.
            below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            for each in below.split():
                os.kill(int(each), signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said

    def ran(self, *command: str, **variables: str) -> str:
        """Return what a program of the image printed; the test fails when it fails."""
        process = self.spawn(command, variables, stderr=subprocess.PIPE)
        said, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, said + complaint
        return said

    def spawn(
        self, command: Sequence[str], variables: Mapping[str, str], stderr: int
    ) -> subprocess.Popen[str]:
        """Start a program in the image's folder, read-only but for its writable places."""
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, "sh"]
        inside += [str(self.root), self.user, " ".join(WRITABLE), *command]
        environment = {**self.environment, **variables}
        return subprocess.Popen(
            inside, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )


@contextmanager
def unpacked(name: str) -> Iterator[Image]:
    """Yield an image's folder and what it declares."""
    container = buildah("from", "--pull-never", name)
    try:
        root = Path(buildah("mount", container))
        declared = json.loads(buildah("inspect", "--type", "image", name))
        configuration = declared["OCIv1"]["config"]
        pairs = (each.partition("=") for each in configuration["Env"])
        yield Image(
            root,
            configuration["User"],
            tuple(configuration["Entrypoint"]),
            {key: value for key, _, value in pairs},
            {**configuration, "Healthcheck": declared["Docker"]["config"].get("Healthcheck")},
        )
    finally:
        buildah("rm", container)
