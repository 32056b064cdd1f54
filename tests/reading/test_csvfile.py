"""CSV: dialects, headers, rows and what is wrong with them, by every route."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.check.reader import load_problem
from proofkit.errors import InputError
from proofkit.kernel.certificate import UnreadableError
from proofkit.problem import stream
from proofkit.problem.data import DataSummary, summarise
from proofkit.reading.csvfile import layout_of
from proofkit.reading.dialect import Dialect
from proofkit.reading.table import DataFile, Table, load_table, rows_sha256


def by_reader(file: DataFile) -> DataSummary:
    return summarise(file.table())


def by_blocks(file: DataFile) -> DataSummary:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "SMALL", 0)
        return stream.summarise_file(file, False)[0]


def by_checker(file: DataFile) -> DataSummary:
    d = file.dialect
    try:
        table = load_problem(file.path, file.target, d.delimiter, d.decimal).table
    except UnreadableError as error:
        raise InputError(str(error)) from None
    assert table is not None
    return summarise(table)


ROUTES = [by_reader, by_blocks, by_checker]
Route = Callable[[DataFile], DataSummary]
every_route = pytest.mark.parametrize("route", ROUTES)


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "d.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


PLAIN = "a,b,y\n0.5,-1,2\n1.5,3,4e-1\n"
EXPECTED = (
    (Fraction(1, 2), Fraction(-1), Fraction(2)),
    (Fraction(3, 2), Fraction(3), Fraction(2, 5)),
)


def values(table: Table) -> tuple[tuple[Fraction, ...], ...]:
    rows = zip(table.rows, table.targets(), strict=True)
    return tuple((*(Fraction(v, table.x_scale) for v in row), y) for row, y in rows)


@every_route
@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace(",", "\t").replace(".", ","),
        "\ufeff" + PLAIN,
        "\n\n" + PLAIN.replace("\n", "\n\n") + "  \n\n",
        "# made by hand, not by machine; really\n" + PLAIN.replace("y\n", "y\n# 1,2,3\n"),
        '"a","b","y"\n"0.5","-1","2"\n"1.5","3","4e-1"\n',
        '"a","b","y"\n"0,5","-1","2"\n"1,5","3","0,4"\n',
        "a, b, y\n0.5, -1, 2\n 1.5 ,3,+.4\n",
        "a,b,y\n1/2,-2/2,2.\n00001.50,3e0,0.4e+0\n",
        ",a,b,y\n0,0.5,-1,2\n1,1.5,3,0.4\n",
        '"",a,b,y\nx,0.5,-1,2\nz,1.5,3,0.4\n',
        "Unnamed: 0,a,b,y\n0,0.5,-1,2\n1,1.5,3,0.4\n",
    ],
)
def test_one_table_in_many_dialects(tmp_path: Path, text: str, route: Route) -> None:
    path = written(tmp_path, text)
    table = load_table(path, "y")
    assert table.features == ("a", "b") and values(table) == EXPECTED
    made = route(DataFile(path, "y"))
    assert made == summarise(table)
    assert made.rows_sha256 == rows_sha256(load_table(written(tmp_path, PLAIN), "y"))
    first = text.splitlines()[0]
    assert bool(table.notes) == first.startswith((",", '""', "Unnamed"))


@every_route
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,y\n", "0 rows"),
        ("a,y\n1,2\n", "1 row of data"),
        ("1,2,3\n4,5,6\n7,8,9\n", "no header: its row 1 is all numbers"),
        ("\n# x\n.5;1;2\n1,5;2;3\n2;3;4\n", "no header: its row 3"),
        ("1,nan,3\n4,5,6\n7,8,9\n", "no header"),
        ("a,b\n1,2\n3,4\n", "no column 'y'; it has 'a', 'b'"),
        ("sep=;\na;y\n1;2\n3;4\n", "begins with the line 'sep=;', which is for Excel alone"),
        ("sep=,\r\na,y\r\n1,2\r\n3,4\r\n", "begins with the line 'sep=,', which is for Excel"),
        ("sep=\t\na\ty\n1\t2\n3\t4\n", "begins with the line 'sep=', which is for Excel"),
        ("a b y\n1 2 3\n4 5 6\n", "the single cell 'a b y'"),
        ("a,b;y\n1,2\n3,4\n", "holds comma and semicolon: give --delimiter"),
        ("a,a,y\n1,2,3\n1,2,3\n", "two columns called 'a'"),
        ("a, a ,y\n1,2,3\n1,2,3\n", "two columns called 'a'"),
        ("y\n1\n2\n", "no feature column"),
        (",y\n1,1\n2,2\n", "no feature column"),
        ("a,,y\n1,2,3\n1,2,3\n", "column 2 of the data file"),
        ("a,y,\n1,2,\n3,4,\n", "remove the delimiter at the end"),
        ("a,y\n1,2,\n3,4\n", "row 2 has 3 cells where the header has 2; it ends with a delimiter"),
        ("a,y\n0,5,1\n3,4\n", "row 2 has 3 cells"),
        ("a,y\n\n\n1,2\n\n3\n", "row 6 has 1 cells"),
        ("a,y\n1,2\nfoo,4\n", "row 3, column 'a' is 'foo'"),
        ('"a\nb",y\n1,2\nfoo,4\n', "row 4, column 'a\\nb' is 'foo'"),
        ('a,y\n1,2\n"3\n",4\nfoo,4\n', "row 5, column 'a' is 'foo'"),
        ('a,y\n"1,2\n3,4\n', "not valid CSV"),
        ('a,y\n"1"2,3\n3,4\n', "row 2 is not valid CSV"),
        (
            "a;y\n1,234;5\n2;3\n",
            "row 2 has a comma that may be a decimal comma or separate thousands",
        ),
        ("a;y\n0,5;5\n2.5;3\n", "a decimal comma in row 2 and a decimal point in row 3"),
        ("a;y\n1.234,5;5\n2;3\n", "row 2, column 'a' is '1.234,5'"),
        ("a,y\n1e400,1\n2,3\n", "row 2, column 'a' is '1e400', too large"),
        ("a,y\n1,1\n2,3\n#\n,3\n", "row 5, column 'a' is an empty cell"),
        (b"\xff\xfea\x00,\x00y\x00", "UTF-16"),
        (b"a\x00,\x00y\x00\n\x00", "UTF-16 or binary"),
        (b"a,y\n1,2\n3,\x004\n", "NUL"),
        (b"a,y\n1,2\n3,\xe4\n", "not UTF-8"),
        (b"gr\xf6\xdfe,y\n1,2\n3,4\n", "not UTF-8"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, words: str, route: Route) -> None:
    with pytest.raises(InputError) as error:
        route(DataFile(written(tmp_path, text), "y"))
    said = str(error.value)
    assert words in said and "\n" not in said and "d.csv" in said


@every_route
def test_options_decide_what_is_ambiguous(tmp_path: Path, route: Route) -> None:
    path = written(tmp_path, "a;y\n1,234;5\n2;3\n")
    assert route(DataFile(path, "y", Dialect.of(decimal="comma"))).B_x_squared == 4
    path = written(tmp_path, "a,b;y\n1;2\n3;4\n")
    made = route(DataFile(path, "y", Dialect.of("semicolon")))
    assert made.features == ("a,b",) and made.y_max == 4
    path = written(tmp_path, "a|y\n1|2\n3|4\n")
    assert route(DataFile(path, "y", Dialect.of("pipe"))).y_max == 4
    with pytest.raises(InputError, match="--delimiter"):
        route(DataFile(path, "y"))


@every_route
def test_a_late_odd_value_in_a_long_file(tmp_path: Path, route: Route) -> None:
    """What the first rows look like says nothing about a later one."""
    lines = [f"{k % 17}.5,{k % 3}" for k in range(3000)]
    for cell in (
        "1e-40",
        "0." + "1" * 60,
        "13292280791.123456789",
        "123456789012345678901234567890",
    ):
        text = "\n".join(["x,y", *lines[:2900], f"{cell},1", *lines[2900:]])
        made = route(DataFile(written(tmp_path, text), "y"))
        squares = [Fraction(k % 17 * 2 + 1, 2) ** 2 for k in range(3000)] + [Fraction(cell) ** 2]
        assert made.B_x_squared == max(squares) and made.x_square_mean == sum(squares) / 3001
    text = "\n".join(["x;y", *(line.replace(",", ";") for line in lines), "0,5;1"])
    with pytest.raises(InputError, match=r"row 3002, column 'x' is '0,5'.*--decimal comma"):
        route(DataFile(written(tmp_path, text), "y"))


@every_route
def test_numbers_beyond_the_words_of_a_machine(tmp_path: Path, route: Route) -> None:
    """A product that would wrap in 128 bits."""
    u = "0.11111111111111111111111111111"
    made = route(DataFile(written(tmp_path, f"x,u,y\n3416115950,{u},1\n0.5,0.25,-1\n"), "y"))
    assert made.B_x_squared == 3416115950**2 + Fraction(u) ** 2


def test_headers_that_begin_like_archives(tmp_path: Path) -> None:
    for name in ("PK", "PAR1"):
        table = load_table(written(tmp_path, f"{name},y\n1,2\n3,4\n"), "y")
        assert table.features == (name,)


def test_the_header_says_where_the_rows_begin(tmp_path: Path) -> None:
    raw = '\ufeff# c\n\n"a\nä",y\r\n1,2\r\n'.encode()
    layout = layout_of(written(tmp_path, raw), "y")
    assert raw[layout.start :] == b"1,2\r\n" and layout.line == 4


CELL = st.one_of(
    st.fractions(-1000, 1000, max_denominator=50).map(str),
    st.decimals(-(10**6), 10**6, allow_nan=False, places=7).map(lambda v: f"{v:f}"),
    st.floats(-1e9, 1e9).map(lambda v: repr(round(v, 9))),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL), min_size=2, max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
)
def test_every_route_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    delimiter: str,
    end: str,
    quotes: bool,
    mark: bool,
) -> None:
    quote = '"' if quotes else ""
    lines = [delimiter.join(f"{quote}{c}{quote}" for c in row) for row in [("x", "y"), *rows]]
    path = written(tmp_path_factory.mktemp("d"), ("\ufeff" if mark else "") + end.join(lines))
    expected = [(Fraction(x), Fraction(y)) for x, y in rows]
    made = [route(DataFile(path, "y")) for route in ROUTES]
    assert made[0] == made[1] == made[2]
    assert made[0].B_x_squared == max(x * x for x, _ in expected)
    assert made[0].y_abs_mean == sum(abs(y) for _, y in expected) / len(rows)
    assert values(load_table(path, "y")) == tuple(expected)
