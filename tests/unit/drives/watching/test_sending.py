"""Messages through apprise to a real server; no part of an address is ever shown."""

import logging
import subprocess
import sys

import pytest
from support.drives.listening import listening

from podplanner.drives.watching.memory import Message, Tone
from podplanner.drives.watching.sending import NoNotifyError, Target, send, targets_of
from podplanner.errors import WrongUsageError

MESSAGE = Message("pod7: REPLACE: bay 23", "24 sectors cannot be read.\nTwo lines.", Tone.ALARM)
SECRET = "hunter2secret"


@pytest.fixture(autouse=True)
def _apprise():
    pytest.importorskip("apprise", reason="no apprise here: pip install 'podplanner[notify]'")


def test_a_message_arrives_whole():
    with listening() as told:
        (target,) = targets_of([f"json://user:{SECRET}@{told.address}/hook"])
        assert send(target, MESSAGE) == ""
    assert told.requests == [("POST", "/hook/")] or told.requests == [("POST", "/hook")]
    assert told.bodies[0]["title"] == MESSAGE.title
    assert told.bodies[0]["message"] == MESSAGE.body
    assert told.bodies[0]["type"] == "failure"


@pytest.mark.parametrize(
    ("tone", "kind"),
    [(Tone.ALARM, "failure"), (Tone.WARNING, "warning"), (Tone.NOTE, "info"),
     (Tone.BETTER, "success")],
)  # fmt: skip
def test_each_tone_has_a_kind_of_message(tone, kind):
    with listening() as told:
        (target,) = targets_of([f"json://{told.address}"])
        assert send(target, Message("t", "b", tone)) == ""
    assert told.bodies[0]["type"] == kind


def test_a_refusal_is_said_without_any_part_of_the_address(capsys, caplog):
    with listening(500) as told:
        (target,) = targets_of([f"json://user:{SECRET}@{told.address}/topsecrethook?+X-Key=abcd99"])
        reason = send(target, MESSAGE)
    assert "500" in reason
    shown = reason + "".join(capsys.readouterr()) + caplog.text + repr(target) + target.name
    for part in (SECRET, "topsecrethook", "abcd99", "127.0.0.1", str(told.port)):
        assert part not in shown


def test_nothing_is_printed_where_nobody_is_there():
    script = (
        "from podplanner.drives.watching.memory import Message, Tone\n"
        "from podplanner.drives.watching.sending import send, targets_of\n"
        f"(t,) = targets_of(['json://user:{SECRET}@127.0.0.1:9/topsecret'])\n"
        "print(send(t, Message('t', 'b', Tone.NOTE)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr == ""
    for part in (SECRET, "topsecret", "127.0.0.1"):
        assert part not in done.stdout


def test_the_same_address_twice_is_one_target():
    first, second = targets_of(["json://a.example", "json://b.example", "json://a.example"])
    assert (first.name, second.name) == ("target 1 (json)", "target 2 (json)")
    assert first.mark != second.mark


@pytest.mark.parametrize("address", [f"nonsense://{SECRET}", SECRET, f"slack://{SECRET}", "://"])
def test_what_apprise_does_not_understand_is_refused_without_repeating_it(address):
    with pytest.raises(WrongUsageError) as raised:
        targets_of([f"json://{SECRET}", address])
    assert "target 2" in raised.value.message
    assert SECRET not in raised.value.message + raised.value.hint


def test_the_mark_of_a_target_tells_nothing_of_its_address_and_stays():
    (target,) = targets_of([f"json://{SECRET}"])
    assert SECRET not in target.mark
    assert targets_of([f"json://{SECRET}"])[0].mark == target.mark


def test_a_plug_in_that_crashes_is_a_refusal(monkeypatch):
    import apprise

    def crash(*_: object, **__: object) -> bool:
        raise RuntimeError(f"token {SECRET}")

    monkeypatch.setattr(apprise.Apprise, "notify", crash)
    assert send(Target(f"json://{SECRET}", "target 1", "m"), MESSAGE) == "RuntimeError"


def test_without_apprise_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NoNotifyError) as raised:
        targets_of(["json://x"])
    assert "pip install 'podplanner[notify]'" in raised.value.hint
    assert targets_of([]) == ()


def test_the_log_of_apprise_is_as_it_was_afterwards():
    logger = logging.getLogger("apprise")
    before = (list(logger.handlers), logger.propagate)
    targets_of(["json://x"])
    assert (list(logger.handlers), logger.propagate) == before
