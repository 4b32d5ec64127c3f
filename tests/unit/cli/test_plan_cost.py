"""`plan cost`: what pods cost to own, from a list and from what a person says."""

from pathlib import Path

import pytest
from unit.cli.running import bom, podplanner


@pytest.fixture
def pod(tmp_path, monkeypatch):
    """Storage Pod 3.0 with 45 drives at 120, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    assert bom("new", "pod.toml", "--from", "storage-pod-3.0").status == 0
    assert bom("add", "pod.toml", "ST4000NM0033x45", "--price", "120").status == 0
    return "pod.toml"


def cost(*words):
    return podplanner("plan", "cost", *words)


def change(file, old, new):
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shares_of_the_shipped_pod_can_be_followed_by_hand(pod):
    found = cost(
        pod, "--layout", "raidz2:15x3", "--watts", "500", "--pue", "1.5", "--kwh-price", "0.10",
        "--rack-unit-month", "25", "--afr", "2%", "--json",
    ).json  # fmt: skip
    assert {item["name"]: item["amount"] for item in found["items"]} == {
        "parts": "7342.60",
        "replacement drives": "540.00",  # 45 x 2 % x 5 years = 4.5 drives at 120
        "power": "3285.00",  # 0.5 kW x 43,800 h x 1.5 at 0.10
        "rack space": "6000.00",  # 4 U x 60 months at 25
    }
    assert found["total"] == "17167.60"
    assert found["expected_failures"] == pytest.approx(4.5)
    kept = found["recommended_bytes"]
    assert float(found["per_tb_month"]) == pytest.approx(17167.60 / (kept / 1e12) / 60, abs=0.005)
    assert found["swings"][0]["input"] == "years"


def test_the_draw_of_an_old_pod_is_unknown_and_so_is_its_total(pod):
    found = cost(pod, "--layout", "raidz2:15x3", "--json").json
    power = next(item for item in found["items"] if item["name"] == "power")
    assert power["amount"] is None
    assert found["total"] is None
    assert found["per_tb_month"] is None
    assert any("MBD-X9SCL-F" in wanted for wanted in found["unknown"])
    assert "--watts" in cost(pod, "--layout", "raidz2:15x3").err


def test_the_layout_of_the_list_is_taken_where_none_is_given(pod):
    change(pod, "currency =", 'layout = "raidz2:15x3"\ncurrency =')
    assert cost(pod, "--json").json["recommended_bytes"] is not None


def test_without_a_layout_nothing_is_said_per_terabyte(pod):
    found = cost(pod, "--watts", "500", "--json").json
    assert found["total"] is not None
    assert found["per_tb_month"] is None
    assert found["cloud"] is None
    assert any("layout" in wanted for wanted in found["unknown"])


def test_ten_pods_cost_ten_times_as_much(pod):
    words = ["--layout", "raidz2:15x3", "--watts", "500", "--json"]
    one, ten = cost(pod, *words).json, cost(pod, "--pods", "10", *words).json
    assert float(ten["total"]) == pytest.approx(10 * float(one["total"]), abs=0.05)
    assert ten["drives"] == 450


def test_drives_of_unknown_number_leave_the_total_unknown(pod):
    change(pod, "quantity = 45", "total = 5400")
    found = cost(pod, "--layout", "raidz2:15x3", "--watts", "500", "--afr", "2%", "--json").json
    assert (found["drives"], found["expected_failures"], found["total"]) == (None, None, None)
    assert "the quantity of the data drives" in found["unknown"]


def test_a_drive_priced_in_another_currency_gives_no_price_of_replacements(pod):
    change(pod, "quantity = 45", 'quantity = 45\ncurrency = "EUR"')
    found = cost(pod, "--layout", "raidz2:15x3", "--watts", "500", "--json").json
    amounts = {item["name"]: item["amount"] for item in found["items"]}
    assert amounts["replacement drives"] is None
    assert "the price of a replacement drive" in found["unknown"]


def test_a_cloud_of_ones_own_is_set_beside(pod):
    found = cost(
        pod, "--layout", "raidz2:15x3", "--cloud-price", "0.006", "--egress-price", "0.01",
        "--egress-share", "50", "--json",
    ).json  # fmt: skip
    assert found["cloud"]["per_tb_month"] == "11.00"  # 6.00 + half of it at 10.00
    assert found["cloud"]["name"] == "your own price"


def test_every_price_that_was_not_given_says_where_it_comes_from(pod):
    words = " ".join(cost(pod, "--layout", "raidz2:15x3", "--json").json["assumptions"])
    assert "EIA" in words
    assert "Uptime" in words
    assert "assumed" in words


def test_a_list_in_another_currency_is_not_set_beside_prices_in_dollars(pod):
    change(pod, 'currency = "USD"', 'currency = "EUR"')
    found = cost(pod, "--layout", "raidz2:15x3", "--watts", "500", "--json").json
    assert found["cloud"] is None
    assert any("EUR" in wanted for wanted in found["unknown"])
    assert found["total"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--years", "0"], "--years"),
        (["--years", "-5"], "--years"),
        (["--years", "soon"], "--years"),
        (["--pue", "0.9"], "--pue"),
        (["--pue", "100"], "1 to 10 times"),
        (["--kwh-price", "-0.1"], "--kwh-price"),
        (["--drive-price", "-1"], "--drive-price"),
        (["--afr", "1.57"], "--afr"),
        (["--afr", "-1%"], "--afr"),
        (["--watts", "lots"], "--watts"),
        (["--layout", "raidz9"], "--layout"),
        (["--egress-price", "1"], "--cloud-price"),
        (["--egress-share", "-3"], "--egress-share"),
        (["--rack-unit-month", "-3"], "--rack-unit-month"),
    ],
)
def test_each_wrong_word_is_one_clear_error(pod, words, said):
    done = cost(pod, *words)
    assert done.status == 2
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err


def test_an_unknown_tariff_names_those_that_there_are(pod):
    done = cost(pod, "--cloud", "nowhere")
    assert done.status == 6
    assert "s3-standard" in done.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit_price = "120"', 'unit_price = "-120"', "-3,457.40"),  # 1,942.60 - 45 x 120
        ('unit_price = "120"', 'unit_price = "-1"', "a data drive of the list costs -1"),
    ],
)
@pytest.mark.parametrize("command", [["cost"], ["report", "-o", "plan.html"]])
def test_negative_prices_in_a_list_are_one_clear_error(pod, command, old, new, said):
    change(pod, old, new)
    done = podplanner("plan", command[0], pod, *command[1:], "--watts", "500")
    assert (done.status, done.out) == (7, "")
    assert said in done.err
    assert "below 0" in done.err
    assert not Path("plan.html").exists()


def test_a_line_that_is_a_discount_may_be_negative(pod):
    text = Path(pod).read_text(encoding="utf-8")
    line = '\n[[line]]\ntitle = "Rebate"\nquantity = 1\nunit_price = "-42.60"\n'
    Path(pod).write_text(text + line, encoding="utf-8")
    found = cost(pod, "--watts", "500", "--json").json
    assert found["items"][0]["amount"] == "7300.00"


def test_a_list_in_the_list_leaves_the_total_unknown_and_that_is_said(pod):
    Path("two.toml").write_text(
        'currency = "USD"\n[[line]]\ntitle = "Pods"\nquantity = 2\nbill = "pod.toml"\n'
        '[[line]]\npart = "ST4000NM0033"\nquantity = 3\nunit_price = "120"\n'
    )
    done = cost("two.toml", "--layout", "raidz1:3x1", "--watts", "500", "--json")
    assert done.json["total"] is None
    assert done.json["drives"] is None
    assert done.json["per_tb_month"] is None
    assert done.json["cloud"] is None
    assert any("plan each by itself" in wanted for wanted in done.json["unknown"])
    assert "not looked into" in done.err
    assert "pod.toml" in podplanner("plan", "place", "two.toml", "--layout", "raidz1:3x1").err
