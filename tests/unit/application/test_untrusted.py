import pytest

from syntropism.application.untrusted import csv_text, html_text, plain


@pytest.mark.parametrize(
    ("wild", "tame"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\after", "after"),
        ("\x1bctext", "text"),
        ("\x1b", ""),
        ("bell\x07 back\x08space\x00", "bell backspace"),
        ("abc\u202edef\u2066g\u2069", "abcdefg"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("a\tb\r\nc\rd\u2028e", "a b c d e"),
        ("Grüße, 你好, नमस्ते, 👩\u200d🚀", "Grüße, 你好, नमस्ते, 👩\u200d🚀"),
    ],
)
def test_plain_text_cannot_steer_a_terminal(wild: str, tame: str) -> None:
    assert plain(wild) == tame


def test_line_breaks_stay_only_where_they_are_wanted() -> None:
    assert plain("one\r\ntwo\rthree\x0bfour", lines=True) == "one\ntwo\nthree\nfour"
    assert plain("one\ntwo") == "one two"


def test_long_text_ends_in_an_ellipsis() -> None:
    assert plain("abcdef", length_max=6) == "abcdef"
    assert plain("abcdefg", length_max=6) == "abcde…"


def test_html_is_escaped_inside_elements_and_attributes() -> None:
    assert html_text("<b onclick='x'>\"&\x00") == "&lt;b onclick=&#x27;x&#x27;&gt;&quot;&amp;"


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\x00=1", "\x1b[0m=1", "＝1"],
)
def test_a_spreadsheet_does_not_take_text_for_a_formula(formula: str) -> None:
    assert csv_text(formula).startswith("'")


@pytest.mark.parametrize("text", ["", "a=1", "plain", "1-2", "'quoted"])
def test_harmless_cells_are_left_alone(text: str) -> None:
    assert csv_text(text) == text
