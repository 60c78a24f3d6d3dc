"""A reader of NACHA files that knows nothing of our writer: positions as the standard counts them, from 1."""


def at(line: str, first: int, last: int) -> str:
    return line[first - 1 : last]


def read(text: str) -> dict:
    """The file's entries with every sum checked against them."""
    assert text.endswith("\n")
    lines = text.removesuffix("\n").split("\n")
    assert {len(line) for line in lines} == {94}
    assert len(lines) % 10 == 0
    assert text.isascii()
    last = max(n for n, line in enumerate(lines) if line[0] == "9" and line != "9" * 94)
    assert all(line == "9" * 94 for line in lines[last + 1 :])
    assert len(lines) - last - 1 < 10
    header, control, body = lines[0], lines[last], lines[1:last]
    assert (at(header, 1, 3), at(header, 35, 40)) == ("101", "094101")
    batches, entries = [], []
    for line in body:
        kind = line[0]
        if kind == "5":
            assert at(line, 2, 4) == "220"
            batches.append({"class": at(line, 51, 53), "effective": at(line, 70, 75), "entries": []})
            odfi, number = at(line, 80, 87), at(line, 88, 94)
        elif kind == "6":
            assert at(line, 79, 79) == "0"
            entry = {
                "code": at(line, 2, 3), "routing": at(line, 4, 12), "account": at(line, 13, 29).rstrip(),
                "cents": int(at(line, 30, 39)), "id": at(line, 40, 54).rstrip(), "name": at(line, 55, 76).rstrip(),
                "trace": at(line, 80, 94), "class": batches[-1]["class"],
            }  # fmt: skip
            weights = (3, 7, 1) * 3
            assert sum(int(d) * w for d, w in zip(entry["routing"], weights, strict=True)) % 10 == 0
            batches[-1]["entries"].append(entry)
            entries.append(entry)
        else:
            assert kind == "8"
            some = batches[-1]["entries"]
            _sums(line, 5, 10, some)
            assert (at(line, 80, 87), at(line, 88, 94)) == (odfi, number)
    assert int(at(control, 2, 7)) == len(batches)
    assert int(at(control, 8, 13)) == len(lines) // 10
    _sums(control, 14, 21, entries)
    traces = [entry["trace"] for entry in entries]
    assert traces == sorted(set(traces))
    return {"header": header, "batches": batches, "entries": entries}


def _sums(line: str, first: int, last: int, entries: list[dict]) -> None:
    assert int(at(line, first, last)) == len(entries)
    hashed = str(sum(int(entry["routing"][:8]) for entry in entries))[-10:]
    assert at(line, last + 1, last + 10) == hashed.zfill(10)
    assert int(at(line, last + 11, last + 22)) == 0
    assert int(at(line, last + 23, last + 34)) == sum(entry["cents"] for entry in entries)
