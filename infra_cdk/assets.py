"""What is uploaded: the two layers and a folder per function, each built under `build/assets`.

A built folder's name is the hash of all that went into it, so that the same sources give the same
asset, and a folder that is there already is not built again; the one before it goes.

Lambda starts two to three times slower from sources than from .pyc files, and cannot write any: so
they are compiled here, with the interpreter's version that will read them, and marked unchecked,
since a file's time does not survive the upload.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "assets"
LOCK = ROOT / "layers" / "dependencies" / "requirements.txt"
SERVICES = frozenset(("dynamodb", "kms", "s3", "sesv2", "sqs", "stepfunctions", "sts"))
"""The AWS services that the package talks to, as botocore calls them."""
_LEFT_OUT = ("__pycache__", "local", ".mypy_cache")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the code will run: a version of Python, and wheel platforms (none: this machine)."""

    python: str
    platforms: tuple[str, ...] = ()


LAMBDA = Target(
    "3.13", ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64")
)
THIS_MACHINE = Target(f"{sys.version_info.major}.{sys.version_info.minor}")


@dataclass(frozen=True, slots=True)
class Asset:
    path: Path
    hash: str


def dependencies(target: Target) -> Asset:
    """The layer of third-party packages, from the lock, as wheels for the target."""
    return _built("dependencies", target, _digest([LOCK]), lambda to: _install(to, target))


def core(target: Target) -> Asset:
    """The layer of the package itself, without the embedded platform."""
    source = ROOT / "layers" / "core" / "python"
    return _built("core", target, _digest(_files(source)), lambda to: _copy(source, to / "python"))


def function(name: str, target: Target) -> Asset:
    """The folder of one function."""
    source = ROOT / "functions" / name
    return _built(name, target, _digest(_files(source)), lambda to: _copy(source, to))


def _built(name: str, target: Target, digest: str, fill: Callable[[Path], object]) -> Asset:
    interpreter = _interpreter(target.python)
    recipe = f"{name} {target} {interpreter is not None} {digest} {_digest([Path(__file__)])}"
    key = hashlib.sha256(recipe.encode()).hexdigest()
    builds = BUILD / (target.platforms or ("this-machine",))[0] / name
    folder = builds / key[:16]
    if not folder.exists():
        builds.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
            made = Path(scratch) / name
            made.mkdir()
            fill(made)
            _compile(made, interpreter)
            _keep(made, folder)
    return Asset(folder, key)


def _keep(made: Path, folder: Path) -> None:
    """Another process may have built the same at the same time; then that one stays."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    for other in set(folder.parent.iterdir()) - {folder}:
        shutil.rmtree(other, ignore_errors=True)


def _install(folder: Path, target: Target) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile"]
    command += ["--disable-pip-version-check", "--require-hashes", "--no-deps"]
    command += ["--requirement", str(LOCK), "--target", str(folder / "python")]
    if target.platforms:
        command += ["--only-binary=:all:", "--implementation=cp"]
        command += [f"--python-version={target.python}"]
        command += [f"--platform={platform}" for platform in target.platforms]
    subprocess.run(command, check=True)
    shutil.rmtree(folder / "python" / "bin", ignore_errors=True)
    _leave_services_out(folder / "python" / "botocore" / "data")


def _leave_services_out(models: Path) -> None:
    """botocore describes hundreds of services; a third of the layer is descriptions of others."""
    for model in models.iterdir():
        if model.is_dir() and model.name not in SERVICES:
            shutil.rmtree(model)


def _copy(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)


def _compile(folder: Path, interpreter: str | None) -> None:
    if interpreter is None:
        return
    command = [interpreter, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    # A traceback names the file as it lies in the layer. A package may hold a file that is not
    # for this version of Python: it ships as source alone, so a failure is no failure here.
    command += ["-s", str(folder), "-p", "/opt", str(folder)]
    subprocess.run(command, check=False)


@cache
def _interpreter(version: str) -> str | None:
    """An interpreter of that version on this machine; without one the layers ship as sources."""
    for candidate in (sys.executable, f"python{version}"):
        if _version(candidate) == version:
            return candidate
    sys.stderr.write(f"No Python {version} here: the layers ship without .pyc, start slower\n")
    return None


def _version(interpreter: str) -> str | None:
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([interpreter, "-c", question], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return answer.stdout.strip()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not set(path.relative_to(folder).parts) & set(_LEFT_OUT):
            yield path


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()
