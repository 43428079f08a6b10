# SPDX-License-Identifier: GPL-2.0-only
"""The verdict as a KCIDB report (kcidb-io, schema 5.3): one checkout, one build, many tests."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from rig.base.errors import InputError
from rig.judge.verdict import CaseVerdict, Judgement, Verdict
from rig.model.claims import claims
from rig.report import ORIGIN
from rig.report.note import CaseNote
from rig.report.origins import Origins, require_origins
from rig.report.run import JudgedRun

_VERSION: Final = {"major": 5, "minor": 3}

# In KCIDB's words: ERROR did not complete, so the status of the code is unknown; MISS did not run
# to an end because the harness failed.
STATUS: Final[dict[Judgement, str]] = {
    "CLEAN": "PASS",
    "DIRTY": "FAIL",
    "INCONCLUSIVE": "ERROR",
    # The code is faulty, and the incident beside the test says that somebody knows.
    "known issue": "FAIL",
    "not judged": "SKIP",
}
# A guest that went away proves nothing, not even that the test was started.
_LOST: Final = ("guest.lost",)


def kcidb_document(judged: JudgedRun, *, origin: str = ORIGIN) -> str:
    """The report as JSON, ready for ``kcidb-validate`` and for submission.

    Args:
        origin: the name of the CI system that submits it.

    Raises:
        InputError: build.json is missing, so that nobody could tell what was tested.
    """
    if not re.fullmatch(r"[a-z0-9_]+", origin):
        raise InputError(
            f"origin {origin!r} is no name of a CI system",
            hint="KCIDB takes lower-case letters, digits and underscores",
        )
    verdict, directory = judged.verdict, judged.directory
    origins = require_origins(directory.path, "a report needs to say what was built")
    # The same evidence gets the same ids, whoever converts it and when.
    run = hashlib.sha256((directory.run).read_bytes()).hexdigest()[:16]
    checkout = f"{origin}:{origins.tree}-{origins.digest[:16]}"
    build = f"{origin}:{origins.image_sha256[:32]}"
    document = {
        "version": _VERSION,
        "checkouts": [_checkout(checkout, origin, origins)],
        "builds": [_build(build, checkout, origin, origins)],
        "tests": [test for note in judged.notes for test in _tests(note, build, origin, run)]
        + list(_lost(verdict, build, origin, run)),
        "issues": _issues(verdict, origin),
        "incidents": [
            incident for case in verdict.cases for incident in _incidents(case, origin, run)
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _checkout(id: str, origin: str, origins: Origins) -> dict[str, Any]:
    return {
        "id": id,
        "origin": origin,
        "tree_name": "m2m-rig",
        "patchset_hash": origins.digest if origins.series else "",
        "comment": f"{origins.base}, {len(origins.series)} patches: {origins.title}",
        "start_time": origins.started,
        "valid": True,
        "misc": {
            "base_tree": origins.tree,
            "patches": [patch.subject for patch in (*origins.series, *origins.user)],
        },
    }


def _build(id: str, checkout: str, origin: str, origins: Origins) -> dict[str, Any]:
    return {
        "id": id,
        "checkout_id": checkout,
        "origin": origin,
        # The kernel's name of it, as kernel.org's builders write it, not the machine's.
        "architecture": "arm64",
        "compiler": origins.compiler,
        "config_name": origins.profile,
        "command": origins.command,
        "start_time": origins.started,
        "status": "PASS",
        "misc": {
            "config_sha256": origins.config_sha256,
            "image_sha256": origins.image_sha256,
            "changed_by_rig": list(origins.changed_by_rig),
        },
    }


def _tests(note: CaseNote, build: str, origin: str, run: str) -> Iterator[dict[str, Any]]:
    case, guest = note.verdict, note.guest
    lost = guest is None or any(reason.id in _LOST for reason in case.reasons)
    for claim in case.told:
        outcome = case.claims[claim]
        reasons = [reason for reason in case.reasons if reason.effect(claim)]
        test: dict[str, Any] = {
            "id": f"{origin}:{run}-{case.id}-{claim}",
            "build_id": build,
            "origin": origin,
            "path": f"m2m-rig.{claim}.{_word(case.scenario)}",
            "status": "MISS" if lost and outcome == "INCONCLUSIVE" else STATUS[outcome],
            "comment": f"{case.id}: {reasons[0].text if reasons else outcome}".replace("\0", ""),
            "misc": {
                "reasons": [reason.id for reason in reasons],
                "seed": case.seed,
                "reproduce": case.reproduce,
            },
        }
        if guest is not None:
            test["duration"] = guest.seconds
        yield test


def _lost(verdict: Verdict, build: str, origin: str, run: str) -> Iterator[dict[str, Any]]:
    """Cases that were planned and left nothing."""
    ran = {case.id for case in verdict.cases}
    for id in verdict.run.cases:
        if id not in ran:
            yield {
                "id": f"{origin}:{run}-{id}",
                "build_id": build,
                "origin": origin,
                "path": f"m2m-rig.case.{_word(id)}",
                "status": "MISS",
                "comment": f"{id} was planned and never ran",
            }


def _issues(verdict: Verdict, origin: str) -> list[dict[str, Any]]:
    seen = {issue.name: issue for case in verdict.cases for issue in case.known.seen}
    return [
        {
            "id": f"{origin}:{name}",
            "version": 1,
            "origin": origin,
            "report_subject": issue.title,
            "comment": f"{issue.title} ({issue.source})",
            "culprit": {"code": True, "tool": False, "harness": False},
        }
        for name, issue in seen.items()
    ]


def _incidents(case: CaseVerdict, origin: str, run: str) -> Iterator[dict[str, Any]]:
    for issue in case.known.seen:
        for claim in claims():
            if case.claims[claim] == "known issue":
                test = f"{run}-{case.id}-{claim}"
                yield {
                    "id": f"{origin}:{test}-{issue.name}",
                    "origin": origin,
                    "issue_id": f"{origin}:{issue.name}",
                    "issue_version": 1,
                    "test_id": f"{origin}:{test}",
                    "present": True,
                }


def _word(text: str) -> str:
    """A part of a path: KCIDB's pattern has no other characters."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", text)
