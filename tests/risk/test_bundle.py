from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.bundle import (
    FORMAT,
    Bundle,
    FeatureColumn,
    Manifest,
    make_bundle,
    read_bundle,
    write_bundle,
)

PARTS: dict[str, Any] = {
    "event.model.txt": b"tree\nversion=v4\n",
    "ratings.json": {"rating_edges": [0.1, 0.30000000000000004], "palavra": "inadimplência"},
    "judgement.json": {"notes": []},
}


def about(**changed: Any) -> Manifest:
    facts: dict[str, Any] = {
        "target": {"level": "client", "dpd": 30},
        "cut": "2025-06-30",
        "judged_on": "2025-01-31/2025-03-31",
        "fitted_to": "2025-03-31",
        "features": (FeatureColumn(name="late_share_365d", dtype="float64"),),
        "data_digest": "ab" * 32,
        "versions": {"lightgbm": "4.7.0"},
        "random_state": 0,
        "booking_lag_days": 2,
        "settings": {"scorers": ["event"]},
    }
    return Manifest(**(facts | changed))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "model", PARTS, about())
    return tmp_path / "model"


def seal(folder: Path) -> None:
    """Makes the digests right again, as one would who means harm."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        if (folder / name).is_file():
            manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: Any) -> None:
    raw = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(raw)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(raw).hexdigest()}  manifest.json\n")


def test_what_is_written_is_read(folder: Path) -> None:
    found = read_bundle(folder)

    assert found.parts == PARTS
    assert found.manifest.target == {"level": "client", "dpd": 30}
    assert found.manifest.features[0].name == "late_share_365d"
    assert set(found.manifest.files) == set(PARTS)
    assert found.manifest.format == FORMAT


def test_a_bundle_in_memory_is_that_of_the_disk(folder: Path, tmp_path: Path) -> None:
    made = make_bundle(PARTS, about())
    digest = write_bundle(tmp_path / "again", made.parts, made.manifest)

    assert made == read_bundle(folder)
    assert digest == made.digest == read_bundle(tmp_path / "again").digest


def test_the_same_model_has_the_same_digest_anywhere_and_another_has_another(folder: Path, tmp_path: Path) -> None:
    reordered = dict(reversed(PARTS.items()))
    same = write_bundle(tmp_path / "elsewhere" / "deep", reordered, about())
    other_part = write_bundle(tmp_path / "b", PARTS | {"judgement.json": {"notes": ["one_segment"]}}, about())
    other_cut = write_bundle(tmp_path / "c", PARTS, about(cut="2025-05-31"))

    assert same == read_bundle(folder).digest
    assert len({same, other_part, other_cut}) == 3


def test_the_seal_can_be_checked_with_common_tools(folder: Path) -> None:
    digest, name = (folder / "manifest.sha256").read_text().split()

    assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", [*PARTS, "manifest.json", "manifest.sha256"])
@pytest.mark.parametrize("where", [0, -2])
def test_one_changed_byte_is_found_and_named(folder: Path, name: str, where: int) -> None:
    content = bytearray((folder / name).read_bytes())
    content[where] ^= 1
    (folder / name).write_bytes(content)
    named = "manifest" if name.startswith("manifest") else name

    with pytest.raises(BundleError, match=rf"{named}.* altered since the model was written"):
        read_bundle(folder)


def test_an_altered_file_is_found_before_it_is_parsed(folder: Path) -> None:
    (folder / "ratings.json").write_bytes(b"[" * 100_000)

    with pytest.raises(BundleError, match=r"ratings\.json: the file was altered"):
        read_bundle(folder)


@pytest.mark.parametrize("name", [*PARTS, "manifest.json", "manifest.sha256"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises(BundleError, match=rf"{name}: the file is missing from the model"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "model.pkl"])
def test_a_file_too_many_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")

    with pytest.raises(BundleError, match=rf"{name}: the file is not part of the model"):
        read_bundle(folder)


@pytest.mark.parametrize("number", [1, 2])
def test_a_folder_of_an_earlier_format_is_read(folder: Path, number: int) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, manifest | {"format": number})

    assert read_bundle(folder).parts == PARTS
    assert FORMAT == 3


@pytest.mark.parametrize("number", [0, FORMAT + 1, None, "1", True])
def test_an_unknown_format_is_refused(folder: Path, number: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, manifest | {"format": number})

    with pytest.raises(BundleError, match=rf"the format is .*; this version of inadimplencia_ml reads 1 to {FORMAT}"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["../outside.json", "/etc/passwd", "a/b.json", "..json", "model.pkl", "manifest.json"])
def test_a_manifest_that_points_elsewhere_is_refused(folder: Path, name: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = "0" * 64
    write_manifest(folder, manifest)

    with pytest.raises(BundleError, match="is not a file name that a model may have"):
        read_bundle(folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_bytes((folder / "ratings.json").read_bytes())
    (folder / "ratings.json").unlink()
    (folder / "ratings.json").symlink_to(outside)

    with pytest.raises(BundleError, match=r"ratings\.json: not a plain file"):
        read_bundle(folder)


def test_a_key_that_is_missing_or_unknown_is_named(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, {k: v for k, v in manifest.items() if k != "cut"})
    with pytest.raises(BundleError, match="cut: Field required"):
        read_bundle(folder)

    write_manifest(folder, manifest | {"fited_to": "x"})
    with pytest.raises(BundleError, match=r"fited_to: .* Did you mean 'fitted_to'"):
        read_bundle(folder)


@pytest.mark.parametrize("text", [b"{", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000])
def test_json_that_is_none_is_told_even_under_right_digests(folder: Path, text: bytes) -> None:
    (folder / "ratings.json").write_bytes(text)
    seal(folder)

    with pytest.raises(BundleError, match=r"ratings\.json: not readable as JSON"):
        read_bundle(folder)


def test_no_folder_and_a_file_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(BundleError, match="no such folder, so no model"):
            read_bundle(path)


def test_a_model_is_replaced_whole_and_nothing_is_left_beside_it(folder: Path) -> None:
    digest = write_bundle(folder, PARTS | {"judgement.json": {"notes": ["new"]}}, about())

    assert read_bundle(folder).digest == digest
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")

    with pytest.raises(BundleError, match="holds other things than a model"):
        write_bundle(tmp_path, PARTS, about())
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_a_failure_leaves_the_old_model_and_no_rest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_bundle(folder)

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("inadimplencia_ml.risk.bundle.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_bundle(folder, PARTS | {"judgement.json": {"notes": ["new"]}}, about())

    assert read_bundle(folder) == before
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"a/b.json": {}}, "is not a file name"),
        ({"model.pkl": b""}, "is not a file name"),
        ({"x.json": b"{}"}, "given as bytes"),
        ({"x.txt": {}}, r"must end in \.json"),
        ({"x.json": {"a": float("nan")}}, "not plain data"),
        ({"x.json": {"a": {1, 2}}}, "not plain data"),
    ],
)
def test_what_cannot_be_kept_as_plain_data_is_refused(tmp_path: Path, part: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        write_bundle(tmp_path / "model", part, about())
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_cannot_be_changed() -> None:
    made = make_bundle(PARTS, about())

    assert isinstance(made, Bundle)
    with pytest.raises(AttributeError):
        made.digest = "0"  # type: ignore[misc]
