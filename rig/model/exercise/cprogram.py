# SPDX-License-Identifier: GPL-2.0-only
"""A history as a C program that needs nothing of the rig: something to attach to a mail.

It is in the form of the kernel's selftests.  What the rig's workloads know of a device is not in
it: `setup` asks for a small picture in whatever format the device has, and what needs more than
that is a remark.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rig.base.paths import IMAGES
from rig.model.exercise.history import Call, History

# Every helper, and where the history goes.
TEMPLATE: Final = IMAGES / "reproducer" / "reproducer.c"

_TITLE: Final = "TITLE"
_PLACE: Final = "/* THE HISTORY */\n"
_UNNAMED: Final = "static struct mapping unnamed;\n"
_FUNCTION: Final = re.compile(
    r"^static [^;=]*?(\w+)\([^{;]*\)\n\{.*?^\}\n\n", re.MULTILINE | re.DOTALL
)

_MEMORY: Final = {"userptr": "USERPTR", "dmabuf": "DMABUF", "overlay": "OVERLAY"}
_PRINT: Final[Mapping[str, str]] = {
    "i": "POLLIN",
    "o": "POLLOUT",
    "p": "POLLPRI",
}


class _Words:
    """What a call is given."""

    def __init__(self, call: Call) -> None:
        self.plain = [word for word in call.words if "=" not in word]
        self.said = dict(word.split("=", 1) for word in call.words if "=" in word)

    def of(self, place: int) -> str:
        return self.plain[place] if place < len(self.plain) else "-1"

    @property
    def queue(self) -> str:
        """The file and the queue, as the helpers take them."""
        return f"{self.of(0)}, {'CAPTURE' if 'cap' in self.plain else 'OUTPUT'}"

    def number(self, name: str, usual: str = "0") -> str:
        """An expression of `n`, which is what the device has of it."""
        return re.sub(r"([+/-])", r" \1 ", self.said.get(name, usual))

    @property
    def memory(self) -> str:
        return "V4L2_MEMORY_" + _MEMORY.get(self.said.get("memory", ""), "MMAP")

    @property
    def access(self) -> str:
        how = {"write": "WRITE", "both": "RW"}.get(self.said.get("for", ""), "READ")
        return f"DMA_BUF_SYNC_{how}"

    @property
    def events(self) -> str:
        return " | ".join(_PRINT[letter] for letter in self.said.get("events", "i"))


def _poll(call: Call, said: _Words) -> str:
    fds = ", ".join(f"{{ .fd = {name}, .events = {said.events} }}" for name in said.plain)
    count = len(said.plain)
    return f'told("poll", poll((struct pollfd[]){{ {fds} }}, {count}, {said.number("ms")}))'


def _map(call: Call, said: _Words) -> str:
    name = call.result or "unnamed"
    how = "MAP_PRIVATE" if "private" in said.plain else "MAP_SHARED"
    prot = "PROT_READ" if "ro" in said.plain else "PROT_READ | PROT_WRITE"
    if said.of(0).startswith("v"):
        where = f"{said.queue}, {said.number('index')}, {said.number('plane')}"
        look = f"look({where}, &n, &offset)"
    else:
        look = f"n = lseek({said.of(0)}, 0, SEEK_END), offset = 0"
    size, further = said.number("size", "n"), said.number("further")
    return f"{look};\n\tmap(&{name}, {said.of(0)}, {size}, offset + {further}, {prot}, {how})"


_WISHES: Final = {
    "pixels": "pixelformat",
    "field": "field",
    "stride": "bytesperline",
    "size": "sizeimage",
}


def _format(call: Call, said: _Words) -> str:
    how = "VIDIOC_S_FMT" if "set" in said.plain else "VIDIOC_TRY_FMT"
    size = said.number("width"), said.number("height")
    wishes = [
        f".{field} = {said.number(name)}" for name, field in _WISHES.items() if name in said.said
    ]
    if not wishes:
        return f"format({said.queue}, {', '.join(size)}, {how})"
    fields = ", ".join((f".width = {size[0]}", f".height = {size[1]}", *wishes))
    return f"wish({said.queue}, (struct v4l2_pix_format){{ {fields} }}, {how})"


def _selection(call: Call, said: _Words) -> str:
    place = ", ".join(said.number(name) for name in ("left", "top", "width", "height"))
    how = "VIDIOC_S_SELECTION" if "set" in said.plain else "VIDIOC_G_SELECTION"
    rect = f"(struct v4l2_rect){{ {place} }}"
    return f"selection({said.queue}, {said.number('target')}, {rect}, {how})"


def _subscription(call: Call, said: _Words) -> str:
    how = f"VIDIOC_{call.name.upper()}_EVENT"
    return f"subscribe({said.of(0)}, {said.number('event', '2')}, {said.number('flags')}, {how})"


_LINES: Final[Mapping[str, Callable[[Call, _Words], str]]] = {
    "open": lambda c, w: (
        "open(video, O_RDWR | O_CLOEXEC" + (" | O_NONBLOCK)" if "nonblock" in w.plain else ")")
    ),
    "setup": lambda c, w: f"set_up({w.of(0)})",
    "format": _format,
    "streamon": lambda c, w: f"stream({w.queue}, true)",
    "streamoff": lambda c, w: f"stream({w.queue}, false)",
    "reqbufs": lambda c, w: f"reqbufs({w.queue}, {w.number('count')}, {w.memory})",
    "createbufs": lambda c, w: f"createbufs({w.queue}, {w.number('count')}, {w.memory})",
    "querybuf": lambda c, w: f"look({w.queue}, {w.number('index')}, 0, &n, &offset)",
    "expbuf": lambda c, w: f"expbuf({w.queue}, {w.number('index')}, {w.number('plane')})",
    "qbuf": lambda c, w: (
        f"queue({w.queue}, {w.number('index')}, {w.memory}, "
        + f"{w.said.get('fd', '-1')}, {w.said.get('request', '-1')}, VIDIOC_QBUF)"
    ),
    "preparebuf": lambda c, w: (
        f"queue({w.queue}, {w.number('index')}, {w.memory}, "
        + f"{w.said.get('fd', '-1')}, -1, VIDIOC_PREPARE_BUF)"
    ),
    "put": lambda c, w: (
        f"queue({w.of(0)}, OUTPUT, {w.number('index')}, V4L2_MEMORY_MMAP, -1, "
        + f"{w.of(1)}, VIDIOC_QBUF)"
    ),
    "dqbuf": lambda c, w: f"dequeue({w.queue}, {w.memory})",
    "mmap": _map,
    "munmap": lambda c, w: f'told("munmap", munmap({w.of(0)}.at, {w.of(0)}.size))',
    "mremap": lambda c, w: f"n = {w.of(0)}.size;\n\tremap(&{w.of(0)}, {w.number('size', 'n')})",
    "touch": lambda c, w: f"touch(&{w.of(0)})",
    "dup": lambda c, w: f"dup({w.of(0)})",
    "close": lambda c, w: f'told("close", close({w.of(0)}))',
    "poll": _poll,
    "epoll": lambda c, w: "epoll_create1(EPOLL_CLOEXEC)",
    "watch": lambda c, w: f"watch({w.of(0)}, {w.of(1)}, {w.events}, EPOLL_CTL_ADD)",
    "unwatch": lambda c, w: f"watch({w.of(0)}, {w.of(1)}, 0, EPOLL_CTL_DEL)",
    "ewait": lambda c, w: f"wait_for({w.of(0)}, {w.number('ms')})",
    "sleep": lambda c, w: f"usleep({w.number('ms', '1')} * 1000)",
    "heap": lambda c, w: "allocate(1024 * 1024)",
    "sync": lambda c, w: (
        f"synchronize({w.of(0)}, {w.access}" + (" | DMA_BUF_SYNC_END)" if "end" in w.said else ")")
    ),
    "export": lambda c, w: f"export({w.of(0)}, {w.access})",
    "import": lambda c, w: f"import({w.of(0)}, {w.of(1)}, {w.access})",
    "merge": lambda c, w: f"merge({w.of(0)}, {w.of(1)})",
    "subscribe": _subscription,
    "unsubscribe": _subscription,
    "dqevent": lambda c, w: f"dequeue_event({w.of(0)})",
    "control": lambda c, w: (
        f"control({w.of(0)}, {w.number('id')}, {w.number('value')}, "
        + ("VIDIOC_G_CTRL)" if "get" in w.plain else "VIDIOC_S_CTRL)")
    ),
    "selection": _selection,
    "removebufs": lambda c, w: (
        f"removebufs({w.queue}, {w.number('index')}, {w.number('count', '1')})"
    ),
    "block": lambda c, w: f"set_nonblock({w.of(0)}, false)",
    "nonblock": lambda c, w: f"set_nonblock({w.of(0)}, true)",
    "select": lambda c, w: f"wait_by_select({w.of(0)}, {w.events}, {w.number('ms')})",
    "rewatch": lambda c, w: f"watch({w.of(0)}, {w.of(1)}, {w.events}, EPOLL_CTL_MOD)",
    "fail": lambda c, w: f"starve({w.number('nth', '1')})",
    "kill": lambda c, w: f"end({w.of(0)}, SIGKILL)",
    "await": lambda c, w: f"end({w.of(0)}, 0)",
    "media": lambda c, w: "open(media, O_RDWR | O_CLOEXEC)",
    "request": lambda c, w: f"request({w.of(0)})",
    "queue": lambda c, w: f'told("queue", ioctl({w.of(0)}, MEDIA_REQUEST_IOC_QUEUE))',
    "reinit": lambda c, w: f'told("reinit", ioctl({w.of(0)}, MEDIA_REQUEST_IOC_REINIT))',
}


def c_program(history: History, title: str) -> str:
    """The source of a program that does what the history does, as far as it can.

    Args:
        title: what it shows, one line.
    """
    head, tail = TEMPLATE.read_text().split(_PLACE)
    own = _own(history)
    text = _without_unused(head.replace(_TITLE, title), own)
    return text + own + tail


def _own(history: History) -> str:
    """The names of results, and a function for each thread."""
    threads = sorted({call.thread for call in history.calls})
    names = sorted({name for call in history.calls for name in (*call.uses, call.result) if name})
    variables = "".join(
        f"static struct mapping {name};\n" if name[0] == "m" else f"static int {name} = -1;\n"
        for name in names
    )
    functions = "\n".join(_thread(history, thread) for thread in threads)
    starts = ", ".join(f"thread_{thread}" for thread in threads)
    return (
        f"{variables}\n{functions}\n#define THREADS\t{len(threads)}\n\n"
        f"static void *(* const threads[])(void *) = {{ {starts} }};\n"
    )


def _without_unused(head: str, own: str) -> str:
    """The functions that are called, by others that are too."""
    functions = {match[1]: match[0] for match in _FUNCTION.finditer(head)}
    for name, text in reversed(functions.items()):
        if not re.search(rf"\b{name}\(", head.replace(text, "") + own):
            head = head.replace(text, "")
    return head if "unnamed" in own else head.replace(_UNNAMED, "")


def _thread(history: History, thread: int) -> str:
    lines = [f"static void *thread_{thread}(void *unused)", "{", "\t__u64 n = 0, offset = 0;", ""]
    for number, each in enumerate(history.rounds):
        if number:
            lines.append("\tpthread_barrier_wait(&join);")
        lines += (line for call in each if call.thread == thread for line in _line(call))
    return "\n".join([*lines, "\t(void)n;", "\t(void)offset;", "\treturn unused;", "}", ""])


def _child(call: Call) -> Iterator[str]:
    """A process that makes the call, waits and ends."""
    linger = _Words(call).number("linger")
    words = tuple(word for word in call.words if not word.startswith("linger="))
    fork = f"{call.result} = fork()" if call.result else "fork()"
    yield f"\tif (!({fork})) {{"
    if words:
        yield from (f"\t{line}" for line in _line(Call(call.thread, words[0], words[1:])))
    yield f"\t\tusleep({linger} * 1000);"
    yield "\t\t_exit(0);"
    yield "\t}"


def _line(call: Call) -> Iterator[str]:
    if call.name == "child":
        yield from _child(call)
        return
    make = _LINES.get(call.name)
    # Where the memory of a buffer is, a program has no words for.
    if make is None or any(word.startswith("at=") for word in call.words):
        yield f"\t/* {call} */"
        return
    text = make(call, _Words(call))
    kept = call.result if call.result and call.name != "mmap" else ""
    yield f"\t{kept} = {text};" if kept else f"\t{text};"
