"""Who shares a submission."""

from raisin.grading import groups
from raisin.grading.groups import ALONE, CANVAS_GROUP, NAMES, ROSTER_GROUP, Claim
from raisin.grading.roster import Person, Roster
from raisin.students import Member

NOBODY = Roster()
CLASS = Roster(
    [
        Person("ada", "Ada Lovelace", "Lovelace, Ada", canvas="130", group="team_7"),
        Person("bob", "Bob Byron", "Byron, Bob", canvas="131", group="team_7"),
        Person("eve", "Eve Estrin", "Estrin, Eve", canvas="132"),
        Person("kim", "Kim Kay", "Kay, Kim", canvas="133"),
        Person("kay", "Kim Kay", "Kay, Kim", canvas="134"),
    ]
)


def claim(student: str, *typed: tuple[str, str], canvas: str = "", roster: Roster = CLASS) -> Claim:
    return groups.claim(student, [Member(*member) for member in typed], canvas, roster)


def told(
    *claims: Claim, earlier: dict[str, tuple[str, ...]] | None = None
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(settled.claim.members, settled.others) for settled in groups.settle(claims, earlier)]


def test_a_group_of_canvas_goes_before_the_names_cell_and_a_difference_is_said() -> None:
    assert claim("bob", canvas="team_7") == Claim("bob", ("bob", "ada"), CANVAS_GROUP)
    found = claim("ada", ("Lovelace, Ada", "ada"), ("Eve", "eve"), canvas="team_7")
    assert found.members == ("ada", "bob")
    assert found.remarks == ("the names cell says ada, eve; Canvas's group counts",)


def test_a_group_of_canvas_that_the_roster_does_not_know_is_said() -> None:
    assert claim("eve", canvas="estrineve").remarks == ()
    assert claim("eve", canvas="team_9").remarks == ("handed in as team_9, a name that the roster does not know",)


def test_the_names_cell_is_checked_against_the_roster() -> None:
    assert claim("ada", ("Lovelace, Ada", "ada"), ("", "131")) == Claim("ada", ("ada", "bob"), NAMES)
    assert claim("ada", ("Ada Lovelace", ""), ("Estrin, Eve", "")).members == ("ada", "eve")
    found = claim("ada", ("Lovelace, Ada", "ada"), ("Mallory", "mal"), ("Kay, Kim", ""), ("Bob Byron", "eve"))
    assert found.members == ("ada", "eve")
    assert found.look == (
        "names 'Mallory' (mal), who is not in the roster",
        "names 'Kay, Kim', which can be kim or kay",
        "names 'Bob Byron' with the id of Estrin, Eve; the id counts",
    )


def test_whoever_hands_in_without_being_named_is_pointed_out() -> None:
    found = claim("eve", ("Lovelace, Ada", "ada"))
    assert found.members == ("eve", "ada") and found.look == ("the names cell does not name eve, only ada",)


def test_the_rosters_column_counts_where_nobody_is_named() -> None:
    assert claim("bob") == Claim("bob", ("bob", "ada"), ROSTER_GROUP)
    assert claim("bob", ("Byron, Bob", "bob")) == Claim("bob", ("bob",), ALONE)
    assert claim("eve") == Claim("eve", ("eve",), ALONE)


def test_without_a_roster_ids_count_as_typed_and_canvas_number_is_found_by_name() -> None:
    both = ("Lovelace, Ada", "ada"), ("Byron, Bob", "bob")
    assert claim("ada", *both, roster=NOBODY) == Claim("ada", ("ada", "bob"), NAMES)
    assert claim("131", *both, canvas="byronbob", roster=NOBODY).members == ("131", "ada")
    assert claim("131", both[0], canvas="other", roster=NOBODY).members == ("131",)


def test_of_two_who_hand_in_for_one_group_the_newest_counts() -> None:
    one, other = Claim("bob", ("bob", "ada"), NAMES), Claim("ada", ("ada", "bob"), NAMES)
    assert told(one, other) == [(("bob", "ada"), ("ada",))]
    (settled,) = groups.settle([one], {"ada": ("ada", "bob")})
    assert settled.mates == ("ada",) and settled.claim == one


def test_nobody_loses_her_own_work_by_being_named() -> None:
    ada, eve = Claim("ada", ("ada",)), Claim("eve", ("eve", "ada"), NAMES)
    for claims, earlier in (([eve, ada], {}), ([ada, eve], {}), ([eve], {"ada": ("ada",)})):
        (found,) = (s.claim for s in groups.settle(claims, earlier) if s.claim.student == "eve")
        assert found.members == ("eve",) and found.by == ALONE
        assert found.look == ("names ada, who handed in alone or in another group: that counts there",)


def test_a_person_in_two_groups_is_for_a_person_to_decide() -> None:
    claims = [Claim("ada", ("ada", "bob"), NAMES), Claim("eve", ("eve", "bob"), NAMES)]
    first, second = (settled.claim for settled in groups.settle(claims))
    assert first.look == ("bob is named by eve too: decide whose it is",)
    assert second.look == ("bob is named by ada too: decide whose it is",)
    (only,) = groups.settle(claims[:1], {"eve": ("eve", "bob")})
    assert only.claim.look == ("bob is named by eve too: decide whose it is",)


def test_three_who_hand_in_for_one_group_are_one() -> None:
    everybody = ("ada", "bob", "eve")
    claims = [Claim(one, (one, *(o for o in everybody if o != one)), NAMES) for one in ("eve", "ada", "bob")]
    assert told(*claims) == [(("eve", "ada", "bob"), ("ada", "bob"))]
