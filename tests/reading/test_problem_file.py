"""The file that names a problem: what it may say, what is refused, and what agrees with an option."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from proofkit.errors import InputError
from proofkit.reading.problem_file import ProblemFile, Said, keys_table, read_problem, schema

WHOLE = """
data = "rows.csv"
target = "y"
delimiter = "semicolon"
decimal = "comma"
label_above = 3.5
width = 8
seed = 3
loss = "logistic"
activation = "softplus(beta=2)"
lambda = 0.30000000000000000001
noise = "1/100"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_every_key_is_read_and_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    found = read_problem(written(folder, WHOLE))
    assert found.data == folder / "rows.csv"
    assert found.lam == Fraction(30000000000000000001, 10**20)
    assert (found.label_above, found.noise) == (Fraction(7, 2), Fraction(1, 100))
    assert (found.width, found.weights_seed, found.loss) == (8, 3, "logistic")
    assert found.dialect.delimiter == ";" and found.dialect.decimal == ","
    said = {"outer", *found.said}
    assert said <= set(schema()) and len(found.said) == 11
    assert read_problem(written(folder, 'outer = "a.txt"')).outer == folder / "a.txt"
    absolute = tmp_path / "a.txt"
    assert read_problem(written(folder, f'outer = "{absolute}"')).outer == absolute


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lamda = 1", "the unknown key 'lamda'; did you mean lambda?"),
        ("lam = 1", "did you mean lambda?"),
        ("outer_seed = 1", "did you mean seed?"),
        ('"label-above" = 1', "did you mean label_above?"),
        ("colour = 1", "use one of data, target"),
        ("[data]", "data must be the name of a file, not '{}'"),
        ("data = 3", "data must be the name of a file, not '3'"),
        ("target = 1.5", "target must be a text, not '1.5'"),
        ("loss = [1]", "loss must be a text"),
        ("width = 8.0", "width must be a whole number, not '8.0'"),
        ("width = true", "width must be a whole number, not 'True'"),
        ("width = 0", "width must lie between 1 and 10000000, not 0"),
        ("width = 4\nseed = -1", "seed must lie between 0 and 10^18, not -1"),
        ("seed = 0", "has a seed and no width"),
        ('outer = "a"\nwidth = 3', "has both outer and width"),
        ("noise = 0", "the noise s must be positive, not 0"),
        ('noise = "-1/3"', "the noise s must be positive, not -1/3"),
        ("lambda = nan", "lambda is 'nan', not a rational number; write it like 1/10"),
        ('lambda = "1/0"', "lambda is '1/0', not a rational number"),
        ('lambda = "0,1"', "lambda is '0,1', not a rational number"),
        ('lambda = "__import__(1)"', "not a rational number"),
        ("lambda = 1e999", "too long a number"),
        ("lambda = false", "lambda must be a number such as 1/10"),
        ("lambda = 1979-05-27", "lambda must be a number such as 1/10"),
        ("", "says nothing; it may have data, target"),
        ("width = ", "is not valid TOML (end of document)"),
        ("width = 1\nwidth = 2", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_one_sentence_that_names_file_and_key(
    tmp_path: Path, text: str, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_problem(path)
    assert words in str(caught.value) and str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_data_file_is_no_problem_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.toml: it names the problem"):
        read_problem(tmp_path / "rows.csv")


@pytest.mark.parametrize(
    ("key", "option", "same", "other"),
    [
        ("lambda", "--lam", ["1/10", "0.1", "1e-1", " 10/100 "], ["0.1000000000000000055", "1"]),
        ("delimiter", "--delimiter", ["semicolon", ";", "SEMICOLON"], ["comma", "tab"]),
        ("decimal", "--decimal", ["comma", ","], ["point"]),
        ("label_above", "--label-above", ["3.5", "7/2"], ["3"]),
        ("target", "--target", ["y"], [" y", "Y"]),
        ("width", "--width", [8], [9]),
        ("data", "--data", ["{}/rows.csv", "{}/sub/../rows.csv"], ["{}/other.csv", "rows.csv"]),
    ],
)
def test_values_are_compared_and_not_how_they_are_written(
    tmp_path: Path, key: str, option: str, same: list[object], other: list[object]
) -> None:
    (tmp_path / "sub").mkdir()
    own = read_problem(written(tmp_path, WHOLE.replace("0.30000000000000000001", "0.1")))

    def said(value: object) -> dict[str, Said]:
        if key == "data":
            return {key: Said(option, Path(str(value).format(tmp_path)))}
        return {key: Said(option, value)}  # type: ignore[arg-type]

    for value in same:
        own.require_agreement(said(value))
    for value in other:
        with pytest.raises(InputError, match=f"{option} is .* says {key} = .*; drop one of them"):
            own.require_agreement(said(value))


def test_what_a_text_means_may_be_said() -> None:
    own = ProblemFile(Path("p.toml"), activation="tanh")
    option = {"activation": Said("--activation", "TANH")}
    own.require_agreement(option, {"activation": str.lower})
    with pytest.raises(InputError, match="drop one of them"):
        own.require_agreement(option)


def test_options_complete_what_a_file_leaves_out() -> None:
    own = ProblemFile(Path("p.toml"), data=Path("d.csv"))
    made = own.completed({"target": Said("--target", "y"), "lambda": Said("--lam", "1/3")})
    assert (made.target, made.lam, made.data) == ("y", Fraction(1, 3), Path("d.csv"))
    with pytest.raises(InputError, match="--lam is 'x', not a rational number"):
        own.completed({"lambda": Said("--lam", "x")})


def test_the_table_of_keys_has_a_row_for_each() -> None:
    rows = keys_table().splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == list(schema())
    assert any("| lambda | a number |" in row and "`--lam`" in row for row in rows)
