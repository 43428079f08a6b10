# SPDX-License-Identifier: GPL-2.0-only
"""What the source of a kernel says: the texts that it can print, and the names of its functions.

Not a compiler: calls are found by their names, and of each the string literals of its format are
put together.  What is made of pieces at run time is not seen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Printers, with the number of the argument that is the format.
_LEVELS: Final = "emerg|alert|crit|err|warn"
_CALL: Final = re.compile(
    rf"\b(?P<name>pr_(?:{_LEVELS})(?:_once|_ratelimited)?"
    rf"|dev_(?:{_LEVELS})(?:_once|_ratelimited)?"
    r"|printk(?:_once|_deferred(?:_once)?|_ratelimited)?|slab_(?:bug|err)|object_err)\s*\("
)
_STRING: Final = re.compile(r'"((?:\\.|[^"\\])*)"')
_PREFIX: Final = re.compile(r"^#\s*define\s+pr_fmt\(\w+\)[ \t]+((?:[^\n\\]|\\\n)*)", re.MULTILINE)
_COMMENT: Final = re.compile(r'("(?:\\.|[^"\\])*")|/\*.*?\*/|//[^\n]*', re.DOTALL)
# A function's body begins on a line of its own; before it stands its name, behind attributes.
_BODY: Final = re.compile(r"^\{", re.MULTILINE)
_HEAD: Final = re.compile(r"(?:^|;|\}|\n[ \t]*\n)([^;{}]*)\Z")
_NAME: Final = re.compile(r"\b(?!__(?:printf|must_hold|acquires|releases|attribute__)\b)(\w+)\s*\(")
_DIRECTIVE: Final = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)
_QUIET: Final = re.compile(r"\bKERN_(?:NOTICE|INFO|DEBUG|CONT)\b")
# A definition is no longer than that before its body.
_FAR: Final = 600
_FORMAT: Final = re.compile(
    r"%(?:%|[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j|t)?(?:p\w{0,4}|[diuoxXcsV]))"
)
_ESCAPES: Final = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}


@dataclass(frozen=True)
class Text:
    """One text that a kernel can print as a warning or worse.

    Args:
        file: relative to the tree.
        function: that prints it; empty if that was not found.
        boot: only while the kernel boots.
        call: the printer.
        sample: the text with something in the place of each conversion, its prefix before it.
    """

    file: str
    line: int
    function: str
    boot: bool
    call: str
    sample: str


def texts(tree: Path, places: Sequence[str]) -> Iterator[Text]:
    """The texts of some files and directories, those that are not there left out."""
    for place in places:
        path = tree / place
        files = sorted(path.rglob("*.[ch]")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                source = file.read_text(errors="replace")
                yield from texts_of(source, str(file.relative_to(tree)))


def functions(tree: Path, places: Sequence[str]) -> dict[str, str]:
    """The functions that some files and directories define, each with a file that does."""
    found: dict[str, str] = {}
    for place in places:
        path = tree / place
        for file in sorted(path.rglob("*.c")) if path.is_dir() else [path]:
            if file.is_file():
                code = _without_comments(file.read_text(errors="replace"))
                for _, name, _ in _bodies(code):
                    found.setdefault(name, str(file.relative_to(tree)))
    found.pop("", None)
    return found


def _without_comments(source: str) -> str:
    return _COMMENT.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), source)


def texts_of(source: str, file: str) -> Iterator[Text]:
    """The texts of one file."""
    code = _without_comments(source)
    bodies = list(_bodies(code))
    prefix = _prefix_of(code, file)
    for call in _CALL.finditer(code):
        arguments = _arguments(code, call.end())
        at = 1 if call["name"].startswith(("dev_", "slab_")) else 0
        if call["name"] == "object_err":
            at = 3
        if len(arguments) <= at or _QUIET.search(arguments[at]):
            continue
        said = "".join(_STRING.findall(arguments[at]))
        for escape, meant in _ESCAPES.items():
            said = said.replace(escape, meant)
        body = next((body for body in reversed(bodies) if body[0] < call.start()), (0, "", False))
        before = prefix if call["name"].startswith("pr_") else ""
        if call["name"].startswith("dev_"):
            before = "somedrv 10000000.codec: "
        if call["name"].startswith(("slab_", "object_")):
            before = "BUG kmalloc-64 (Not tainted): "
        filled = _filled(said, arguments[at + 1 :], body[1])
        for part in filter(str.strip, filled.split("\n")):
            line = code.count("\n", 0, call.start()) + 1
            yield Text(file, line, *body[1:], call["name"], before + part)
            before = ""


def _bodies(code: str) -> Iterator[tuple[int, str, bool]]:
    """Where each function's body begins, its name, and whether it runs only at boot."""
    for at in _BODY.finditer(code):
        yield at.start(), *_function(code[max(0, at.start() - _FAR) : at.start()])


def _function(before: str) -> tuple[str, bool]:
    """The name of the function whose body follows, and whether it runs only at boot."""
    head = _HEAD.search(_DIRECTIVE.sub("", before))
    name = _NAME.search(head[1]) if head else None
    return (name[1], "__init" in head[1]) if head and name else ("", False)


def _prefix_of(code: str, file: str) -> str:
    defined = _PREFIX.findall(code)
    if not defined:
        return ""
    module = Path(file).stem.replace("-", "_")
    # Only what a string says, and the name of the module.
    return "".join(
        module if word == "KBUILD_MODNAME" else word[1:-1]
        for word in re.findall(r'"(?:\\.|[^"\\])*"|KBUILD_MODNAME', defined[-1])
    )


def _filled(text: str, arguments: Sequence[str], function: str) -> str:
    """The text with examples in the place of its conversions."""
    left = iter(arguments)

    def example(match: re.Match[str]) -> str:
        kind = match[0]
        if kind == "%%":
            return "%"
        for _ in range(kind.count("*")):
            next(left, "")
        if next(left, "").strip() == "__func__":
            return function
        if re.search(r"p[SsB]", kind):
            return "some_function+0x10/0x20"
        if "p" in kind:
            return "00000000a1b2c3d4"
        return "x" if kind[-1] in "sVc" else "1"

    return _FORMAT.sub(example, text)


def _arguments(code: str, start: int) -> list[str]:
    """The arguments of a call, from behind its bracket."""
    found: list[str] = []
    depth, begin = 1, start
    at = start
    while at < len(code):
        char = code[at]
        if char == '"' and (string := _STRING.match(code, at)):
            at = string.end()
            continue
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if not depth:
                return [*found, code[begin:at]]
        elif char == "," and depth == 1:
            found.append(code[begin:at])
            begin = at + 1
        at += 1
    return found
