import pytest

from runner.trust.given import forget, trust, trust_all, trusts, trusts_all, trusts_target


def test_one_name_is_trusted_and_no_other():
    trust("my.net:Net.small")
    assert trusts_target("my.net.Net.small")
    assert not trusts_target("my.net.Net")
    assert not trusts_target("my.net")
    trust("oc.env:DATA")
    assert trusts("oc.env:DATA")
    assert not trusts("oc.env:HOME")
    trust("https://store.example/x")
    assert trusts("https://store.example/x")
    assert not trusts("https://store.example")
    forget()
    assert not trusts("oc.env:DATA")


@pytest.mark.parametrize("name", ["torch.*", "torch", "mynet.MyNet", "a:b:c", "", "mynet:*", "a b:c", "./x:y"])
def test_patterns_and_modules_are_not_names(name):
    with pytest.raises(ValueError, match="takes one exact name, module:Name as in mynet:MyNet, got"):
        trust(name)


@pytest.mark.parametrize("name", ["torch:load", "os:system", "torch.hub:load", "pathlib:Path.write_text"])
def test_nobody_can_vouch_for_what_makes_code_of_data(name):
    with pytest.raises(ValueError, match="it is refused wherever it is named"):
        trust(name)


def test_a_process_that_was_started_by_one_of_ours_trusts_what_it_is_given():
    trust_all()
    assert trusts_all()
    assert trusts_target("x.Y")
    forget()
    assert not trusts_all()
