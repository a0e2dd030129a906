"""Fetching and unpacking: pip downloads (from the index it is set up for) and checks hashes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from realcode.pins import Pin

DOWNLOAD_TIMEOUT = 600  # seconds; only a broken connection or an sdist that compiles takes longer


class FetchError(Exception):
    """A package could not be downloaded or unpacked. The message says which, and pip's last words."""


@dataclass(frozen=True, slots=True)
class Size:
    """Python files and notebooks of a package, and the lines of its Python files (blank ones too)."""

    python_files: int
    notebooks: int
    lines: int


def sha256(path: Path) -> str:
    """The hex digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetch(pin: Pin, cache: Path) -> Path:
    """The folder with the unpacked sources of a pin; downloads what the cache lacks. Raises FetchError."""
    archive = cache / "downloads" / pin.file
    if not archive.exists():
        requirement = f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}"
        _pip_download(requirement, pin.name, pin.kind, archive.parent, _wheel_tags(pin.file))
    if not archive.exists():
        raise FetchError(f"{pin.name}: pip downloaded another file than {pin.file}; pin it again")
    if sha256(archive) != pin.sha256:
        raise FetchError(f"{archive}: its SHA-256 is not the pinned one; delete it or pin the package again")
    folder = cache / "sources" / pin.folder
    if not folder.exists():
        _unpack(archive, folder)
    return folder


def resolve(requirement: str, kind: str, cache: Path) -> Pin:
    """Download NAME or NAME==VERSION and describe what came as a pin. Raises FetchError."""
    name = re.split(r"[=<>!~ ]", requirement, maxsplit=1)[0]
    downloads = cache / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        _pip_download(requirement, name, kind, Path(scratch), [])
        (archive,) = Path(scratch).iterdir()
        pin = Pin(name, _version(archive.name), kind, archive.name, sha256(archive))
        archive.replace(downloads / archive.name)
    return pin


def _version(file: str) -> str:
    """The version in a distribution's file name (`a_b-1.2-py3-none-any.whl`, `a-b-1.2.tar.gz`)."""
    if file.endswith(".whl"):
        return file.split("-")[1]
    return re.sub(r"\.(tar\.gz|tgz|zip|tar\.bz2)$", "", file).rpartition("-")[2]


def _wheel_tags(file: str) -> list[str]:
    """pip's options that let it take this wheel on any machine; none for an sdist."""
    if not file.endswith(".whl"):
        return []
    python, abi, platforms = file.removesuffix(".whl").split("-")[-3:]
    if abi == "none" and platforms == "any":
        return []
    options = [option for platform in platforms.split(".") for option in ("--platform", platform)]
    return [*options, "--implementation", python[:2], "--python-version", python[2:], "--abi", abi]


def _pip_download(requirement: str, name: str, kind: str, target: Path, tags: list[str]) -> None:
    """pip checks the hash before it opens the file; for an sdist it then asks the backend for metadata."""
    target.mkdir(parents=True, exist_ok=True)
    form = ["--no-binary", name] if kind == "sdist" else ["--only-binary", ":all:"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.write(requirement + "\n")
        requirements.flush()
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--ignore-requires-python",
        ]
        command += [*form, *tags, "--dest", str(target), "--requirement", requirements.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"{name}: pip took over {DOWNLOAD_TIMEOUT} s; try `pin --kind wheel`") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr]
        raise FetchError(f"{name}: pip failed: {' '.join(' '.join(said).split())[-600:]}")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack beside the target and rename, so that an interrupted run leaves no half package behind."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name) / "content"
        scratch.mkdir()
        try:
            if archive.suffix in (".whl", ".zip"):
                with zipfile.ZipFile(archive) as whole:
                    whole.extractall(scratch)
            else:
                with tarfile.open(archive) as whole:
                    whole.extractall(scratch, filter="data")
        except (tarfile.TarError, zipfile.BadZipFile, OSError) as error:
            raise FetchError(f"{archive}: cannot be unpacked: {error}") from error
        tops = list(scratch.iterdir())
        single = len(tops) == 1 and tops[0].is_dir() and archive.suffix != ".whl"
        shutil.move(tops[0] if single else scratch, folder)


def size(folder: Path) -> Size:
    """Count a package's Python files, notebooks and lines; kept beside the folder, which never changes."""
    memo = folder.with_name(folder.name + ".size.json")
    if memo.exists():
        return Size(**json.loads(memo.read_text(encoding="utf-8")))
    python = [path for path in folder.rglob("*.py") if path.is_file()]
    lines = sum(len(path.read_bytes().splitlines()) for path in python)
    counted = Size(len(python), sum(1 for _ in folder.rglob("*.ipynb")), lines)
    memo.write_text(json.dumps(asdict(counted)), encoding="utf-8")
    return counted
