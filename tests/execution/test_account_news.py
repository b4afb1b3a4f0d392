"""The Selector hears of each change of the account, once, and no two times too close together."""

from execution.account_news import ACCOUNT_GAP_S, AccountNews

NOW = 0.0


def test_an_account_is_told_once_until_it_changes():
    news = AccountNews()
    assert news.is_due(3, NOW)
    news.told(3, NOW)
    assert not news.is_due(3, NOW + 1.0)

    news.changed()

    assert news.is_due(3, NOW + 1.0)


def test_more_credits_are_worth_telling():
    news = AccountNews()
    news.told(3, NOW)

    assert news.is_due(4, NOW + ACCOUNT_GAP_S)


def test_a_change_inside_the_gap_waits_for_its_end():
    news = AccountNews()
    news.told(3, NOW)
    news.changed()

    assert not news.is_due(3, NOW + ACCOUNT_GAP_S / 2)
    assert news.is_due(3, NOW + ACCOUNT_GAP_S)


def test_a_new_selector_is_told_what_the_old_one_knew():
    news = AccountNews()
    news.told(3, NOW)

    news.start_over()

    assert news.is_due(3, NOW + ACCOUNT_GAP_S)
