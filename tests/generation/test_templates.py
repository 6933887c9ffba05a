"""Choice of the context template (spec 03 section 6.1)."""

from __future__ import annotations

import pytest

from osuT5.capabilities import VERSIONS
from osuT5.config import Template
from osuT5.generation.templates import TemplateError, choose_template, unused_contexts, writes_timing

V29 = VERSIONS["v29"].layout.templates
V30 = VERSIONS["v30"].layout.templates
V32 = VERSIONS["v32"].layout.templates


@pytest.mark.parametrize(
    ("templates", "given", "outputs", "mode", "inputs", "requested", "walked"),
    [
        (
            V29,
            ["none"],
            ["timing", "kiai", "map", "sv"],
            0,
            ("none",),
            ("timing", "kiai", "map"),
            ("timing", "kiai", "map"),
        ),
        (V29, ["none"], ["sv", "map"], 3, ("none",), ("map", "sv"), ("timing", "kiai", "map", "sv")),
        (V29, ["gd", "timing", "kiai"], ["map"], 0, ("gd",), ("map",), ("timing", "kiai", "map")),
        (V29, ["gd", "no_hs"], ["map"], 0, ("no_hs",), ("map",), ("timing", "kiai", "map")),
        (V29, ["none", "timing"], ["timing"], 0, ("none",), ("timing",), ("timing",)),
        (V29, [], ["map"], 0, ("none",), ("map",), ("timing", "kiai", "map")),
        (V30, ["none"], ["map"], 0, (), ("map",), ("map",)),
        (V32, [], ["timing", "map", "sv"], 1, (), ("timing", "map"), ("timing", "map")),
    ],
)
def test_choice(templates, given, outputs, mode, inputs, requested, walked):
    choice = choose_template(templates, given, outputs, mode)
    assert (choice.template.inputs, choice.requested, choice.walked) == (inputs, requested, walked)


def test_no_template_lists_the_possible_ones():
    with pytest.raises(TemplateError) as caught:
        choose_template(V32, ["gd"], ["kiai", "map"], 0)
    assert "can't write [KIAI,MAP] from [GD]" in str(caught.value)
    assert "possible: [] -> [TIMING,MAP,SV]" in str(caught.value)


def test_inputs_must_be_given():
    only_gd = (Template(("gd",), ("map",)),)
    with pytest.raises(TemplateError, match=r"\[GD\] -> \[MAP\]"):
        choose_template(only_gd, ["none"], ["map"], 0)


def test_scroll_speeds_alone_need_mania():
    with pytest.raises(TemplateError, match="only mania"):
        choose_template(V29, ["none"], ["sv"], 0)


@pytest.mark.parametrize(
    ("given", "outputs", "option"), [(["hitsounds"], ["map"], "in_context"), (["none"], ["osu"], "output_type")]
)
def test_unknown_names(given, outputs, option):
    with pytest.raises(TemplateError, match=f"{option}: unknown context .* known: none, timing"):
        choose_template(V29, given, outputs, 0)


def test_unused_contexts():
    assert unused_contexts(choose_template(V29, ["none", "timing"], ["map"], 0), ["none", "timing"]) == []
    assert unused_contexts(choose_template(V32, ["gd", "kiai"], ["map"], 0), ["gd", "kiai"]) == ["gd", "kiai"]


def test_who_writes_timing():
    assert (writes_timing(V29), writes_timing(V30), writes_timing(V32)) == (True, False, True)
