import time

from foundation.ids import named_id, uuid7


def test_ids_sort_by_birth_and_never_meet():
    ids = []
    for _ in range(3):
        ids.append([uuid7() for _ in range(2000)])
        time.sleep(0.002)

    assert max(ids[0]) < min(ids[1]) < max(ids[1]) < min(ids[2])
    assert len({id for some in ids for id in some}) == 6000
    assert {id.version for id in ids[0]} == {7}
    assert {id.variant for id in ids[0]} == {"specified in RFC 4122"}


def test_a_name_is_always_the_same_id_and_parts_do_not_run_together():
    assert named_id("freeze", 7, "all") == named_id("freeze", "7", "all")
    assert named_id("ab", "c") != named_id("a", "bc")
