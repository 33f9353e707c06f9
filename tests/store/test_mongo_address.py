"""The address of a MongoDB: what it leads to, what of it may be shown."""

from __future__ import annotations

import logging

import pytest

from syncgui.model.errors import DatabaseUnsupportedError
from syncgui.store.mongo_address import MongoAddress

SECRET = "p%40ss%2Fw"
ADDRESS = f"mongodb://anna:{SECRET}@one.studio,two.studio:27018/show?replicaSet=rs0&authSource=admin"


def test_what_is_shown_has_no_login_and_no_options() -> None:
    address = MongoAddress.parse(ADDRESS)
    assert address.shown == "mongodb://one.studio,two.studio:27018/show"
    assert (address.user, address.hosts, address.database) == ("anna", "one.studio,two.studio:27018", "show")
    assert address.uri == ADDRESS


@pytest.mark.parametrize("spelled", [SECRET, "p@ss/w"])
def test_no_text_that_is_made_of_it_holds_the_password(spelled: str) -> None:
    address = MongoAddress.parse(ADDRESS)
    for text in (repr(address), str(address), address.shown, address.identity):
        assert spelled not in text
    assert address.without_secrets(f"user anna, password {spelled}.") == "user anna, password ***."


@pytest.mark.parametrize(
    ("option", "secret"),
    [
        ("authMechanismProperties=AWS_SESSION_TOKEN:t0ken", "t0ken"),
        ("tls=true&tlsCertificateKeyFilePassword=ge%20heim", "ge heim"),
    ],
)
def test_options_that_are_secret_are_hidden_like_the_password(option: str, secret: str) -> None:
    address = MongoAddress.parse(f"mongodb://host/?{option}")
    assert secret not in address.without_secrets(f"it said {secret}") + repr(address)


@pytest.mark.parametrize(
    ("path", "asked", "database"),
    [
        ("", None, "avalon"),
        ("/", None, "avalon"),
        ("/show", None, "show"),
        ("/admin?tls=false", None, "avalon"),
        ("/show.collection", None, "show"),
        ("/show", "other", "other"),
        ("/show", "", "show"),
    ],
)
def test_the_database_is_the_one_asked_for_or_named_or_avalon(
    path: str, asked: str | None, database: str
) -> None:
    assert MongoAddress.parse(f"mongodb://host{path}", asked).database == database


@pytest.mark.parametrize("name", ["a b", "a/b", "a.b", 'a"b', "$a", "a\0b", "a\\b"])
def test_a_name_that_no_database_can_have_is_refused(name: str) -> None:
    with pytest.raises(DatabaseUnsupportedError, match="No database"):
        MongoAddress.parse("mongodb://host", name)


@pytest.mark.parametrize(
    "spelling",
    [
        "mongodb://two.studio:27018,ONE.studio:27017/show",
        "mongodb://bert:other@one.studio,two.studio:27018/show?tls=true",
        "MongoDB://one.studio,two.studio:27018/show",
    ],
)
def test_every_spelling_of_one_database_has_one_identity(spelling: str) -> None:
    assert MongoAddress.parse(spelling).identity == MongoAddress.parse(ADDRESS).identity


@pytest.mark.parametrize(
    "other", ["mongodb://one.studio/show", "mongodb://one.studio,two.studio:27018/showcase"]
)
def test_other_hosts_or_another_database_have_another_identity(other: str) -> None:
    assert MongoAddress.parse(other).identity != MongoAddress.parse(ADDRESS).identity


def test_an_address_of_numbers_has_its_port_once() -> None:
    assert MongoAddress.parse("mongodb://[::1]/a").identity == "mongodb:[::1]:27017/a"
    assert MongoAddress.parse("mongodb://[::1]:5/a").identity == "mongodb:[::1]:5/a"


@pytest.mark.parametrize(
    "wrong",
    [
        "mongodb://anna:s3c/ret@host/show",
        "mongodb://anna:12/s3c@host",
        "mongodb://anna:s3c?ret@host/show",
        "mongodb://anna:s3c@ret@host/show",
        "mongodb://anna:s3c%ret@host/show",
        "mongodb+srv://anna:s3c/ret@host/show",
    ],
)
def test_a_password_that_is_not_escaped_is_explained_and_not_repeated(wrong: str) -> None:
    with pytest.raises(DatabaseUnsupportedError, match="%3A %2F %3F") as caught:
        MongoAddress.parse(wrong)
    assert "s3c" not in str(caught.value)
    assert "ret" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "mongodb://",
        "mongodb:///show",
        "mongodb+srv:///show",
        "mongodb://anna:s3cret@host:99999",
        "mongodb://anna:s3cret@host/?tls=maybe",
        "mongodb://anna:s3cret@host/?authMechanism=none",
        "mongodb://anna:s3cret@host/?tls=true&tlsCAFile=/there/is/none.pem",
        "mongodb+srv://anna:s3cret@host.studio/?tls=maybe",
    ],
)
def test_an_address_that_can_not_be_used_is_refused_in_a_sentence(wrong: str) -> None:
    with pytest.raises(DatabaseUnsupportedError, match=r"can not be used: .") as caught:
        MongoAddress.parse(wrong)
    assert "s3cret" not in str(caught.value)


def test_an_option_that_nobody_knows_is_told_once_and_is_not_fatal(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        MongoAddress.parse("mongodb://anna:s3cret@host/?colour=blue&appName=a@b")
    assert [one.getMessage() for one in caplog.records] == [
        "the address of the MongoDB: Unknown option: colour"
    ]


def test_an_at_in_an_option_is_no_login() -> None:
    assert MongoAddress.parse("mongodb://host:5/?appName=a@b").hosts == "host:5"


def test_reading_an_address_with_a_name_to_look_up_asks_nobody() -> None:
    address = MongoAddress.parse("mongodb+srv://anna:s3cret@cluster.invalid/show")
    assert (address.shown, address.is_looked_up) == ("mongodb+srv://cluster.invalid/show", True)
