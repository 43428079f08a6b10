# SPDX-License-Identifier: GPL-2.0-only
"""Reading the machine's apt sources, deriving one's own, and calling apt without side effects."""

import os
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure, InputError
from rig.host import apt
from rig.host.apt import AptFetcher, AptSource

DEB822 = """\
Types: deb
# a comment in the middle
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: sid
Components: main
"""

ONE_LINE = """\
# deb http://commented.example/debian sid main
deb [arch=amd64 signed-by=/a.gpg,/b.gpg] http://mirror.example/debian trixie main contrib # why
deb-src http://mirror.example/debian trixie main
deb http://mirror.example/debian-security/ trixie-security main
"""


def test_deb822() -> None:
    main, security = apt.parse_deb822(DEB822)
    assert main.uris == ("http://mirror.example/debian",)
    assert main.suites == ("bookworm", "bookworm-updates")
    assert main.components == ("main", "contrib")
    assert main.options == (("Signed-By", "/usr/share/keyrings/debian-archive-keyring.gpg"),)
    assert "BEGIN PGP" in dict(security.options)["Signed-By"]


def test_one_line() -> None:
    main, security = apt.parse_one_line(ONE_LINE)
    assert main == AptSource(
        ("http://mirror.example/debian",),
        ("trixie",),
        ("main", "contrib"),
        (("Signed-By", "/a.gpg /b.gpg"),),
    )
    assert security.suites == ("trixie-security",)


def test_all_files_of_the_machine_are_read(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(ONE_LINE)
    (parts / "debian.sources").write_text(DEB822)
    (parts / "other.list.disabled").write_text("deb http://no.example/ sid main\n")
    assert len(apt.system_sources(tmp_path)) == 4


@pytest.mark.parametrize(
    ("suite", "uri"),
    [
        ("bookworm-security", "http://mirror.example/debian-security"),
        ("bookworm-updates", "http://mirror.example/debian"),
        ("trixie-backports", "http://mirror.example/debian"),
        ("trixie-security", "http://mirror.example/debian-security"),
    ],
)
def test_another_suite_comes_from_the_mirror_of_its_kind(suite: str, uri: str) -> None:
    text = apt.derive(suite, apt.parse_deb822(DEB822))
    (derived,) = apt.parse_deb822(text)
    assert derived.uris == (uri,)
    assert derived.suites == (suite,)


def test_a_key_in_the_sources_file_survives() -> None:
    text = apt.derive("bookworm-security", apt.parse_deb822(DEB822))
    (derived,) = apt.parse_deb822(text)
    (_, security) = apt.parse_deb822(DEB822)
    assert derived.options == security.options


def test_a_machine_without_debian_sources() -> None:
    with pytest.raises(EnvironmentFailure, match="no Debian source"):
        apt.derive("sid", [])


FAKE_APT = """\
#!/bin/sh
echo "$0 $* with $APT_CONFIG" >> "$FAKE_LOG"
case " $* " in
*" dump "*)
	echo 'Acquire::http::Proxy "http://proxy.example";'
	echo 'Dir::Cache::pkgcache "";'
	echo 'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";'
	;;
*" update "*) [ -z "$FAKE_OFFLINE" ] || { echo "W: Failed to fetch x" >&2; } ;;
*" show "*" demo "*) echo "Package: demo"; echo "Version: 1:2.0-1" ;;
*" show "*) exit 100 ;;
*" pkgnames linux-source- "*) echo linux-source-7.4; echo linux-source-7.3 ;;
*" download "*) echo content > demo_2.0-1_arm64.deb ;;
esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """apt programs that note how they are called."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "apt-cache", "apt-config"):
        (programs / name).write_text(FAKE_APT)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "calls"))
    system = tmp_path / "etc" / "sources.list.d"
    system.mkdir(parents=True)
    (system / "debian.sources").write_text(DEB822)
    return tmp_path / "calls"


def fetcher(tmp_path: Path, suite: str | None = None) -> AptFetcher:
    return AptFetcher("arm64", suite, cache=Cache(tmp_path / "cache"), system=tmp_path / "etc")


def test_a_package_is_fetched_once(tmp_path: Path, calls: Path) -> None:
    first = fetcher(tmp_path).download("demo")
    assert first.read_text() == "content\n"
    before = calls.read_text().count("download")
    assert fetcher(tmp_path).download("demo") == first
    assert calls.read_text().count("download") == before == 1


def test_apt_keeps_its_hands_off_the_system(tmp_path: Path, calls: Path) -> None:
    fetcher(tmp_path, "trixie-backports").download("demo")
    state = tmp_path / "cache" / "apt" / "arm64-trixie-backports"
    configuration = (state / "apt.conf").read_text()
    assert f'Dir::State "{state}";' in configuration
    assert f'Dir::Cache "{state}/cache";' in configuration
    assert f'Dir::Etc::sourcelist "{state}/rig.sources";' in configuration
    assert 'Acquire::http::Proxy "http://proxy.example";' in configuration, "still needed"
    # The last one counts.
    assert configuration.rindex('Dir::Cache::pkgcache "pkgcache.bin";') > configuration.rindex(
        'Dir::Cache::pkgcache "";'
    ), "else each call parses all lists"
    assert "rm -f" not in configuration, "a hook of the machine's own updates"
    assert set(calls.read_text().split()) >= {str(state / "apt.conf")}
    assert "Suites: trixie-backports" in (state / "rig.sources").read_text()


def test_a_cache_that_was_moved(tmp_path: Path, calls: Path) -> None:
    fetcher(tmp_path).download("demo")
    (tmp_path / "cache").rename(tmp_path / "elsewhere")
    moved = AptFetcher("arm64", cache=Cache(tmp_path / "elsewhere"), system=tmp_path / "etc")
    moved.candidate("demo")
    state = tmp_path / "elsewhere" / "apt" / "arm64-system"
    assert f'Dir::State "{state}";' in (state / "apt.conf").read_text()
    assert "cache/apt" not in calls.read_text().splitlines()[-1]


def test_a_package_that_is_not_there(tmp_path: Path, calls: Path) -> None:
    with pytest.raises(InputError, match="no package nothing for arm64 in the system sources"):
        fetcher(tmp_path).download("nothing")


def test_a_release_that_the_suite_has_dropped(tmp_path: Path, calls: Path) -> None:
    with pytest.raises(InputError, match=r"no package linux-source-7\.2 for arm64") as caught:
        fetcher(tmp_path).candidate("linux-source-7.2")
    assert caught.value.hint.startswith("there are: linux-source-7.3, linux-source-7.4; check")


def test_no_network(tmp_path: Path, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_OFFLINE", "1")
    with pytest.raises(EnvironmentFailure, match="Failed to fetch x") as caught:
        fetcher(tmp_path).download("demo")
    assert "--kernel DIR" in caught.value.hint


def test_versions_of_several_packages_are_asked_for_once(tmp_path: Path, calls: Path) -> None:
    with pytest.raises(InputError, match="no package other"):
        fetcher(tmp_path).candidates(("demo", "other"))
    shown = [line for line in calls.read_text().splitlines() if " show " in line]
    assert len(shown) == 1
    assert " demo other " in shown[0]
