from gapkit.memo import Remembered


def test_each_text_is_worked_out_once_until_the_table_is_full() -> None:
    made: list[str] = []

    def make(text: str) -> tuple[str, ...]:
        made.append(text)
        return tuple(text)

    table = Remembered(make, 2)
    assert table.of("ab") is table.of("ab") == ("a", "b")
    assert table.of("") == () and made == ["ab", ""]
    assert table.of("c") == ("c",)  # a third entry: the table starts anew
    assert table.of("ab") == ("a", "b") and made == ["ab", "", "c", "ab"]
