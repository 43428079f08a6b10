# SPDX-License-Identifier: GPL-2.0-only
"""Lock graphs of several boots: what differs, and what only their sum shows."""

import json
from pathlib import Path

import pytest

from rig.base.errors import EnvironmentFailure, InputError
from rig.base.paths import ROOT
from rig.campaign.union import families, write_diff
from rig.evidence.loaded import Loaded
from rig.evidence.lockgraph import parse_lock_graph
from rig.evidence.lockkeys import LockIdentity, LockKeys, Place, Variables, identify, locate
from rig.evidence.objects import DataSymbol
from rig.locks import diff
from rig.locks.graph import CaseGraph, StableGraph, read_run
from rig.locks.picture import dot, svg
from rig.locks.suspects import suspects

CORPUS = ROOT / "tests" / "corpus"


def lock(name: str, file: str = "x.c") -> LockIdentity:
    return LockIdentity(name, 0, "", file, "", 0, False)


def case(
    name: str, *edges: str, usage: tuple[tuple[str, str], ...] = (), scenario: str = ""
) -> CaseGraph:
    """A case with edges "ab": b was taken inside a."""
    pairs = frozenset((lock(edge[0]), lock(edge[1])) for edge in edges)
    classes = frozenset(end for pair in pairs for end in pair)
    uses = frozenset((lock(who), use) for who, use in usage)
    chains = frozenset(("0", pair) for pair in pairs)
    graph = StableGraph(classes, pairs, uses, chains)
    return CaseGraph(name, "none", scenario or name, graph)


def test_a_cycle_in_two_halves() -> None:
    (suspect,) = suspects([case("1", "ab", "bc"), case("2", "ca"), case("3", "ad")])
    assert (suspect.kind, suspect.cases) == ("cycle", ("1", "2"))
    assert {each.name for each in suspect.locks} == set("abc")


@pytest.mark.parametrize(
    "cases",
    [
        [case("1", "ab", "bc"), case("2", "ac")],
        # Lockdep has seen this cycle, and knows why it is none: a read lock, for one.
        [case("1", "ab", "ba"), case("2", "ab")],
        [case("1", "ab", "ba")],
        [],
    ],
)
def test_no_cycle_that_lockdep_could_not_see(cases: list[CaseGraph]) -> None:
    assert suspects(cases) == ()


def test_an_inversion_in_two_halves() -> None:
    safe = case("1", "ab", usage=(("a", "hardirq in"),))
    unsafe = case("2", usage=(("b", "hardirq enabled"),))
    (suspect,) = suspects([safe, unsafe])
    assert (suspect.kind, suspect.cases) == ("irq-inversion", ("1", "2"))
    assert suspect.uses == ("hardirq in", "hardirq enabled")
    # The other way round nobody waits for anybody.
    assert suspects([case("1", "ba", usage=(("a", "hardirq in"),)), unsafe]) == ()
    # Two readers do not wait for each other.
    reads = (("a", "hardirq-read in"),), (("b", "hardirq-read enabled"),)
    assert suspects([case("1", "ab", usage=reads[0]), case("2", usage=reads[1])]) == ()


def test_one_lock_taken_in_interrupts_here_and_left_open_to_them_there() -> None:
    inside, open = (("a", "softirq in"),), (("a", "softirq enabled"),)
    (suspect,) = suspects([case("1", "ab", usage=inside), case("2", "ac", usage=open)])
    assert [each.name for each in suspect.locks] == ["a"]


def test_what_all_seeds_show_is_certain() -> None:
    old = [case("w-s1", "ab", scenario="w"), case("w-s2", "ab", scenario="w")]
    new = [case("w-s1", "ac", "ad", scenario="w"), case("w-s2", "ac", scenario="w")]
    found = diff.diff("old", old, "new", new)
    assert found.added.seen.edges == {(lock("a"), lock("c")), (lock("a"), lock("d"))}
    assert found.added.certain.edges == {(lock("a"), lock("c"))}
    assert found.removed.certain.edges == {(lock("a"), lock("b"))}
    text = diff.text(found)
    assert "+  a [x.c] -> c [x.c]" in text
    assert "+~ a [x.c] -> d [x.c]" in text
    assert "-  a [x.c] -> b [x.c]" in text
    edges = diff.document(found)["added"]["edges"]
    assert [(edge["after"]["name"], edge["certain"]) for edge in edges] == [
        ("c", True),
        ("d", False),
    ]
    assert edges[0]["stack"] == ["a [x.c]", "c [x.c]"]
    assert "dashed" in dot(found)


def test_scenarios_that_only_one_run_has_are_not_compared() -> None:
    found = diff.diff("old", [case("v", "ab")], "new", [case("v", "ab"), case("w", "ac")])
    assert found.added.seen.empty
    assert found.scenarios == ("v",)


def test_recorded_runs() -> None:
    """The kernel as it is, idle, against one with fences that streams."""
    document = json.loads(write_diff(CORPUS / "run", CORPUS / "clean", "json"))
    edges = {(edge["before"]["name"], edge["after"]["name"]) for edge in document["added"]["edges"]}
    assert ("reservation_ww_class_mutex", "dma_fence_map") in edges
    assert ("dma_fence_map", "&fence->lock") in edges
    classes = {(entry["class"]["module"], entry["class"]["name"]) for entry in
               document["added"]["classes"]}  # fmt: skip
    assert ("videobuf2_common", "&fence->lock") in classes
    assert ("vim2m", "&ctx->vb_mutex") in classes
    same = json.loads(write_diff(CORPUS / "clean", CORPUS / "clean", "json"))
    assert same["added"] == same["removed"] == {"classes": [], "edges": [], "usage": []}


def test_recorded_runs_have_no_suspects() -> None:
    cases = read_run(CORPUS / "run") + read_run(CORPUS / "clean")
    assert suspects(cases) == ()
    assert families(cases).keys() == {"none", "vim2m"}


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is this a run directory"):
        read_run(tmp_path)


def test_a_picture_without_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EnvironmentFailure, match="graphviz"):
        svg("digraph x {}")


LOCKDEP = b"""all lock classes:
ffffffc080000010 OPS: 1 FD: 1 BD: 1 ....: &ctx->vb_mutex
 -> [ffffffc080000020] &ctx->vb_mutex#2
 -> [ffffffc080000021] &ctx->vb_mutex#2/1

ffffffc080000020 OPS: 1 FD: 1 BD: 1 ....: &ctx->vb_mutex#2

ffffffc080000021 OPS: 1 FD: 1 BD: 1 ....: &ctx->vb_mutex#2/1

ffffffc080000030 OPS: 1 FD: 1 BD: 1 ....: &ctx->vb_mutex#3

ffffffc080000048 OPS: 1 FD: 1 BD: 1 ....: table_lock

ffffff8001234000 OPS: 1 FD: 1 BD: 1 ....: (wq_completion)x

"""


def test_classes_of_one_name_are_told_apart() -> None:
    graph = parse_lock_graph(LOCKDEP)
    kernel = [DataSymbol("table_lock", "t.c", ".data", 0xFFFFFFC080000040, 16)]
    modules = {
        "vim2m": [DataSymbol("__key.7", "vim2m.c", ".bss", 0, 16)],
        "visl": [
            DataSymbol("__key.1", "visl-core.c", ".bss", 0, 16),
            DataSymbol("__key.2", "visl-core.c", ".bss", 16, 16),
        ],
    }
    sections = {("vim2m", ".bss"): 0xFFFFFFC080000010, ("visl", ".bss"): 0xFFFFFFC080000020}
    own = Variables.of_modules(Loaded({}, sections), modules)
    keys = locate(graph, Variables.of_kernel(kernel), own)
    assert keys.places["ffffffc080000010"] == Place("vim2m", "vim2m.c", "", 0)
    assert keys.places["ffffffc080000020"] == Place("visl", "visl-core.c", "", 0)
    assert keys.places["ffffffc080000021"] == Place("visl", "visl-core.c", "", 0)
    assert keys.places["ffffffc080000030"] == Place("visl", "visl-core.c", "", 1)
    assert keys.places["ffffffc080000048"] == Place(None, "t.c", "table_lock", 0)
    assert "ffffff8001234000" not in keys.places
    names = identify(graph, keys)
    assert len(set(names.values())) == 6
    assert str(names["ffffffc080000021"]) == "&ctx->vb_mutex/1 [visl visl-core.c]"
    assert str(names["ffffffc080000030"]) == "&ctx->vb_mutex (2) [visl visl-core.c]"
    assert names["ffffff8001234000"].dynamic
    assert all(each.dynamic for each in identify(graph, LockKeys()).values())
