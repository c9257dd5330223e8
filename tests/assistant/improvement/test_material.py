from assistant.data_sets.data_set import Proposal
from assistant.data_sets.rows import GoldSource, Row
from assistant.desk import Desk
from assistant.improvement.material import gather


def row(row_id: str, document: str) -> Row:
    source = GoldSource(document=document, quote="It is so.")
    return Row(id=row_id, question=f"Is {row_id} so?", answers=("It is so.",), answerable=True, sources=(source,))


def test_what_waits_for_a_review_is_learnt_from_only_if_asked_for_and_never_beside_what_judges(desk: Desk) -> None:
    desk.data_sets.take("set", [row(f"row-{at}", f"{at}.md") for at in range(20)])
    divided = gather(desk.data_sets, "set")
    [seen, judging, checking] = [
        rows[0].sources[0].document for rows in (divided.learnt, divided.held_out, divided.checked)
    ]
    documents = {"beside-learnt": seen, "beside-held-out": judging, "beside-checked": checking, "apart": "new.md"}
    desk.data_sets.propose("set", [Proposal(row=row(name, document)) for name, document in documents.items()])

    assert gather(desk.data_sets, "set") == divided
    asked_for = gather(desk.data_sets, "set", proposed=True)
    assert [one.id for one in asked_for.proposed] == ["beside-learnt", "apart"]
    assert asked_for.learnt == divided.learnt
    assert asked_for.held_out == divided.held_out
