"""Google Drive: rate limits, passing troubles, tokens that end; what is waited out and what is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from syncgui.model.errors import DailyLimitError, NetworkError, RateLimitedError, SiteError, SyncError
from syncgui.providers.account_gate import AccountGate
from tests.providers.contract import RecordedTransfer, Site
from tests.providers.drive_room import LARGE, HastyTransfer, Room, content_of

LIMITS = [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (403, "rateLimitExceeded")]


class Clock:
    """Goes on by itself when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class ClockTransfer(RecordedTransfer):
    """Waits by a clock of the test's own."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def paced(room: Room, clock: Clock) -> Site:
    """A site whose pace goes by the clock, its folder known."""
    site = room.site(gate=AccountGate(clock))
    site.put("project/first", b"x", ClockTransfer(clock))
    room.server.reset()
    return site


@pytest.mark.parametrize(("status", "reason"), LIMITS)
def test_a_short_limit_is_waited_out(room: Room, paced: Site, clock: Clock, status: int, reason: str) -> None:
    room.server.fail("*", first=4, status=status, reason=reason)
    paced.put("project/a", b"content", ClockTransfer(clock))
    assert paced.get("project/a", ClockTransfer(clock)) == b"content"
    assert 8 <= clock.now_s <= 30, "1 + 2 + 4 + 8 s, more or less"


def test_as_long_as_drive_asks_for_is_waited(room: Room, paced: Site, clock: Clock) -> None:
    room.server.fail("upload.multipart", first=1, status=429, retry_after_s=50)
    paced.put("project/a", b"content", ClockTransfer(clock))
    assert 50 <= clock.now_s < 55


def test_a_limit_that_lasts_is_told(room: Room, paced: Site, clock: Clock) -> None:
    room.server.fail("upload.multipart", status=403, reason="userRateLimitExceeded")
    with pytest.raises(RateLimitedError) as caught:
        paced.put("project/a", b"content", ClockTransfer(clock))
    assert caught.value.sentence.startswith("Site gdrive asks for a slower pace: User Rate Limit Exceeded")
    assert not caught.value.costs_try
    assert 200 <= clock.now_s <= 1000


def test_a_limit_of_an_hour_is_told_to_everybody_at_once(room: Room, paced: Site, clock: Clock) -> None:
    room.server.fail("upload.multipart", first=1, status=429, retry_after_s=3600)
    for name in ("a", "b"):
        with pytest.raises(RateLimitedError):
            paced.put(f"project/{name}", b"content", ClockTransfer(clock))
    assert clock.now_s == 0
    assert room.server.count("upload.multipart") == 1
    clock.now_s = 3601
    paced.put("project/b", b"content", ClockTransfer(clock))


def test_the_bytes_of_a_day_used_up_are_a_clear_sentence(room: Room, clock: Clock) -> None:
    email, credentials = room.new_account()
    site = room.site(credentials=credentials, gate=AccountGate(clock))
    room.server.set_uploaded_today(email, 750 * 10**9)
    for size in (10, LARGE):
        with pytest.raises(SiteError) as caught:
            site.put("project/a", content_of(size), ClockTransfer(clock))
        assert "Drive takes 750 GB a day from one user" in caught.value.sentence
        assert not caught.value.costs_try
        clock.now_s += 100
    assert room.contents() == {}


def test_a_limit_for_the_day_is_told_at_once(room: Room, paced: Site, clock: Clock) -> None:
    room.server.fail("upload.multipart", status=403, reason="dailyLimitExceeded")
    with pytest.raises(DailyLimitError):
        paced.put("project/a", b"x", ClockTransfer(clock))
    assert clock.now_s == 0


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_limit_in_the_middle_of_an_upload_is_waited_out(
    room: Room, paced: Site, clock: Clock, size: int
) -> None:
    for kind in ("upload.multipart", "upload.start", "upload.put"):
        room.server.fail(kind, first=2, status=429)
    content = content_of(size)
    paced.put("project/a", content, ClockTransfer(clock))
    assert room.contents()["project/a"] == content
    assert clock.now_s >= 0.8


def test_all_threads_of_two_sites_of_one_account_wait_together(room: Room) -> None:
    email, credentials = room.new_account()
    sites = [room.site(credentials=credentials, name=name) for name in ("one", "two")]
    other = room.site()
    for site in (*sites, other):
        site.put("project/first", b"x")
    room.server.reset()
    room.server.fail("upload.multipart", nth=1, account=email, status=429, retry_after_s=2)
    with ThreadPoolExecutor(8, thread_name_prefix="putter") as pool:
        waiting = [pool.submit(sites[n % 2].put, f"project/{n}", b"x") for n in range(40)]
        other.put("project/other", b"x")
        assert not all(one.done() for one in waiting), "another account goes on"
        for one in waiting:
            one.result()
    theirs = [one for one in room.server.calls() if one["account"] == email]
    (refused,) = [one for one in theirs if one["status"] == 429]
    at_s = float(str(refused["at_s"])) + float(str(refused["seconds"]))
    meanwhile = [one for one in theirs if at_s < float(str(one["at_s"])) < at_s + 1.9]
    assert len(meanwhile) <= 7, "no more than what the other seven threads had on their way"
    assert len(room.contents()) == 42


def test_ten_calls_a_second_bring_every_file_up(room: Room) -> None:
    _, credentials = room.new_account()
    site = room.site(credentials=credentials)
    site.provider.create_folder(site.path("project"))
    room.server.configure(rate_per_s=40, rate_burst=5)
    names = [f"project/{number}" for number in range(30)]
    with ThreadPoolExecutor(8, thread_name_prefix="putter") as pool:
        list(pool.map(lambda name: site.put(name, b"x"), names))
    assert len(room.contents()) == 30
    assert int(str(room.server.counters()["rate_limited"])) <= 40


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_passing_troubles_are_tried_over(room: Room, status: int) -> None:
    site = room.site()
    room.server.fail("*", probability=0.3, seed=status, status=status)
    content = content_of(LARGE)
    transfer = HastyTransfer()
    site.put("project/a", content, transfer)
    assert room.contents() == {"project/a": content}
    assert site.get("project/a", HastyTransfer()) == content
    assert transfer.waits


def test_troubles_that_last_are_the_sites(room: Room) -> None:
    site = room.site()
    room.server.fail("files.list", status=503, retry_after_s=10_000)
    transfer = HastyTransfer()
    with pytest.raises(SiteError) as caught:
        site.put("project/a", b"x", transfer)
    assert (
        caught.value.sentence == "Site gdrive does not work at the moment: Drive answers 503: Backend Error"
    )
    assert 3 <= room.server.count("files.list") <= 10
    assert max(transfer.waits) <= 30, "a slot is not held for hours"


def test_a_token_that_ends_is_renewed_once_for_all_threads(room: Room) -> None:
    _, credentials = room.new_account()
    site = room.site(credentials=credentials)
    for number in range(8):
        site.put(f"project/{number}", b"x")
    room.server.expire_tokens()
    room.server.reset()
    room.server.fail("files.media", first=8, delay_s=0.2)  # all are on their way with the old token
    with ThreadPoolExecutor(8, thread_name_prefix="getter") as pool:
        list(pool.map(lambda number: site.get(f"project/{number}"), range(8)))
    assert room.server.count("token") == 1


def test_a_token_that_ends_within_a_large_file_is_renewed(room: Room) -> None:
    site = room.site()
    room.server.fail("upload.put", nth=1, drop_request_after=3 << 20)
    room.server.fail("upload.ask", nth=1, status=401)
    content = content_of(LARGE)
    site.put("a", content, HastyTransfer())
    assert room.contents() == {"a": content}


def test_a_token_that_is_refused_again_is_a_login_error(room: Room) -> None:
    site = room.site()
    site.put("a", b"x")
    room.server.reset()
    room.server.fail("files.list", status=401)
    with pytest.raises(SyncError) as caught:
        site.get("a", HastyTransfer())
    assert caught.value.code == "login"
    assert (room.server.count("files.list"), room.server.count("token")) == (2, 1)


def test_tokens_that_are_not_given_at_the_moment_are_asked_for_again(room: Room) -> None:
    _, credentials = room.new_account()
    site = room.site(credentials=credentials)
    room.server.fail("token", first=4, status=503)
    site.put("a", b"x", HastyTransfer())
    assert room.contents() == {"a": b"x"}


def test_who_gives_tokens_being_in_trouble_is_no_refusal(room: Room) -> None:
    _, credentials = room.new_account()
    site = room.site(credentials=credentials)
    room.server.fail("token", drop_request_after=0)
    with pytest.raises(NetworkError):
        site.put("a", b"x", HastyTransfer())
