"""What an index remembers of look-ups has a bound."""

from latm.answering.lookups import Hit, Lately

ROOM = 10


def test_what_came_of_look_ups_is_forgotten_where_there_is_no_room_for_more() -> None:
    lately, kept = Lately(ROOM), []
    for number in range(20):
        features = {f"{number} {at}" for at in range(3)}
        lately.hold(features)
        lately.hits[frozenset(features)] = Hit([])
        kept.append(len(lately.hits))
    assert kept == [1, 2, 3] * 6 + [1, 2]


def test_what_alone_is_more_than_there_is_room_for_is_remembered_until_the_next() -> None:
    lately = Lately(ROOM)
    for features in (range(50), range(1)):
        lately.hold(features)
        lately.worded[features[-1],] = ()
    assert [*lately.worded] == [(0,)]


def test_words_are_forgotten_where_there_are_too_many() -> None:
    lately = Lately(ROOM)
    for number in range(100):
        lately.learn(str(number), "")
        assert lately.words[str(number)] == ""
        assert len(lately.words) <= ROOM + 1


def test_of_features_that_were_looked_for_those_that_are_posted_stay() -> None:
    lately = Lately(ROOM)
    for number in range(100):
        lately.see(str(number), is_posted=number < 3)
        assert lately.seen >= {"0", "1", "2"} & {str(one) for one in range(number + 1)}
        assert len(lately.seen) <= ROOM + 1
    assert lately.posted == {"0", "1", "2"}
