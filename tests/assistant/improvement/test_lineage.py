from assistant.improvement.lineage import merged_key


def test_models_that_an_earlier_program_made_are_found_where_it_put_them() -> None:
    tuned = "ab" * 32
    assert merged_key({"steps": {"lessons": "1", "tuned": tuned}}) == tuned[:16]
    assert merged_key({"steps": {"lessons": "1", "tuned": tuned, "merged": "0123"}}) == "0123"
