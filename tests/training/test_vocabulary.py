"""Growing a checkpoint's vocabulary: known rows stay, new ones start from their likeness; binding mappers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from osuT5.capabilities import VERSIONS
from osuT5.events.event import ContextType, Event, EventType
from osuT5.model.checkpoint import load_model
from osuT5.tokenizer import Tokenizer
from osuT5.tokenizer.tables import ClassTables
from osuT5.training.errors import TrainingError
from osuT5.training.fresh import new_model
from osuT5.training.loop import data_of, train
from osuT5.training.options import ModelOptions
from osuT5.training.vocabulary import bind, differences, resize, sources
from tests.training.small_set import options

LAYOUT = replace(VERSIONS["v29"].layout, src_seq_len=64, tgt_seq_len=48)
TABLES = ClassTables(
    beatmap_mapper={1: 70, 2: 80},
    mapper_idx={70: 0, 80: 1},
    num_mapper_classes=2,
    beatmap_descriptors={1: [0]},
    descriptor_idx={"jumps": 0},
    num_descriptor_classes=1,
)
SMALL = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2}
SMALL |= {"decoder_attention_heads": 2, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}


def mapper(tokenizer: Tokenizer, index: int) -> int:
    return tokenizer.encode(Event(EventType.MAPPER, index))


def test_binding_adds_a_mapper_and_keeps_everything_else() -> None:
    old = Tokenizer.build(LAYOUT, TABLES)
    new = bind(old, [5, 6], 99, ("jumps", "streams"), may_grow=True)
    assert new.tables.mapper_idx == {70: 0, 80: 1, 99: 2} and new.tables.num_mapper_classes == 3
    assert new.tables.beatmap_mapper == {1: 70, 2: 80, 5: 99, 6: 99}
    assert new.tables.beatmap_descriptors == {1: [0], 5: [0, 1], 6: [0, 1]}
    assert new.vocab_size_in == old.vocab_size_in + 2 and new.vocab_size_out == old.vocab_size_out
    assert old.tables.mapper_idx == {70: 0, 80: 1}
    start = sources(old, new)
    assert start[mapper(new, 1)] == [mapper(old, 1)]
    assert start[mapper(new, 2)] == [mapper(old, 2)]  # a new mapper starts as the unknown one
    assert start[mapper(new, 3)] == [mapper(old, 2)]
    circle = Event(EventType.CIRCLE)
    assert start[new.encode(circle)] == [old.encode(circle)]
    assert Tokenizer.from_state(new.state()).state() == new.state()


def test_an_adapter_can_bind_known_classes_only() -> None:
    old = Tokenizer.build(LAYOUT, TABLES)
    assert bind(old, [5], 80, (), may_grow=False).tables.beatmap_mapper[5] == 80
    with pytest.raises(TrainingError, match="bind_mapper: user 99 is not in the checkpoint's vocabulary"):
        bind(old, [5], 99, (), may_grow=False)
    with pytest.raises(TrainingError, match="prompts have no descriptor tokens"):
        bind(Tokenizer.build(replace(LAYOUT, add_descriptors=False)), [5], None, ("x",), may_grow=True)


def test_rows_follow_events_into_another_layout() -> None:
    old = Tokenizer.build(LAYOUT, TABLES)
    finer = replace(LAYOUT, position_precision=16, add_kiai=True)
    new = Tokenizer.build(finer, TABLES)
    model = new_model(ModelOptions(name="openai/whisper-tiny", overwrite=SMALL), LAYOUT, old, seed=0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    resize(model, old, new)
    table, was = model.decoder_embedder.weight, before["decoder_embedder.weight"]
    assert table.shape[0] == new.vocab_size_in and model.config.vocab_size == new.vocab_size_out
    for event in (Event(EventType.TIME_SHIFT, 3), Event(EventType.CIRCLE), Event(EventType.MAPPER, 1)):
        assert torch.equal(table[new.encode(event)], was[old.encode(event)])
    span = slice(old.event_start[EventType.POS], old.event_end[EventType.POS])
    fresh = new.event_end[EventType.POS] - 1
    torch.testing.assert_close(table[fresh], was[span].mean(0))
    context = ContextType.MAP
    projection, was_out = model.transformer.proj_out.weight, before["transformer.proj_out.weight"]
    assert torch.equal(projection[new.context_sos[context]], was_out[old.context_sos[context]])
    ids = torch.tensor([[1, new.encode(Event(EventType.CIRCLE))]])
    logits = model(frames=torch.zeros(1, 63 * 128), decoder_input_ids=ids, labels=ids).logits
    assert logits.shape[-1] == new.vocab_size_out


def test_differences_are_listed() -> None:
    tokenizer = Tokenizer.build(LAYOUT, TABLES)
    assert differences(tokenizer, LAYOUT) == []
    lines = differences(tokenizer, replace(LAYOUT, position_precision=16))
    assert len(lines) == 1 and lines[0].startswith("pos: data 0..")


def test_fine_tuning_with_another_layout(small_set: Path, tmp_path: Path) -> None:
    base = train(options(small_set, tmp_path / "base", optim={"total_steps": 1})).checkpoint
    changes = {"pretrained_path": str(base), "data": {"position_precision": 16, "add_mapper_token": True}}
    with pytest.raises(TrainingError, match="vocabulary lacks .*pos.*set vocabulary.extend=true"):
        train(options(small_set, tmp_path / "a", **changes))
    with pytest.raises(TrainingError, match="data.src_seq_len: 256, but checkpoint .* has 128"):
        train(options(small_set, tmp_path / "b", pretrained_path=str(base), data={"src_seq_len": 256}))
    grown = train(options(small_set, tmp_path / "c", vocabulary={"extend": True}, **changes)).checkpoint
    assert grown is not None
    tokenizer = Tokenizer.load(grown)
    assert tokenizer.tables.mapper_idx == {7: 0, 8: 1}
    assert load_model(grown).model.config.vocab_size_in == tokenizer.vocab_size_in
    resumed = train(
        options(small_set, tmp_path / "c", vocabulary={"extend": True}, **changes, optim={"total_steps": 7})
    )
    assert resumed.step == 7


def test_fine_tuning_as_a_new_mapper(small_set: Path, tmp_path: Path) -> None:
    data = {"add_mapper_token": True, "mapper_dropout_prob": 0.0}
    base = train(options(small_set, tmp_path / "base", optim={"total_steps": 1}, data=data)).checkpoint
    assert base is not None
    chosen = options(small_set, tmp_path / "b", pretrained_path=str(base), data=data, vocabulary={"bind_mapper": 55})
    tuned = train(chosen).checkpoint
    assert tuned is not None
    old, new = Tokenizer.load(base), Tokenizer.load(tuned)
    assert new.tables.mapper_idx == {7: 0, 8: 1, 55: 2}
    assert set(new.tables.beatmap_mapper.values()) == {55}
    one, other = (load_model(path).model.decoder_embedder.weight for path in (base, tuned))
    unknown = mapper(old, 2)
    assert not torch.equal(one[unknown], other[mapper(new, 2)])  # it has learnt
    torch.testing.assert_close(one[unknown], other[mapper(new, 3)])  # while the unknown one was not trained


def test_a_mode_s_folder_is_taken(small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = train(options(small_set, tmp_path / "base", optim={"total_steps": 1})).checkpoint
    assert base is not None
    base.rename(tmp_path / "gamemode=0")
    for source, mode in ((tmp_path, 0), (tmp_path / "gamemode=0", None), (tmp_path / "gamemode=0", 0)):
        run = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        chosen = options(small_set, run, pretrained_path=str(source), pretrained_gamemode=mode)
        assert train(chosen).step == 6
    assert "gamemode=0 is used" in capsys.readouterr().out


def test_rows_without_a_user_have_no_mapper(small_set: Path, tmp_path: Path) -> None:
    from osuT5.training.fresh import new_vocabulary
    from osuT5.training.options import VocabularyOptions

    layout, data = data_of(options(small_set, tmp_path, data={"add_mapper_token": True}))
    tables = new_vocabulary(layout, data, VocabularyOptions()).tables
    assert tables.beatmap_mapper == {1000: 7, 1001: 8, 1002: 7} and tables.num_mapper_classes == 2
    web = replace(data, dataset_type="web", order="published")
    with pytest.raises(TrainingError, match="vocabulary.mappers_path"):
        new_vocabulary(layout, web, VocabularyOptions())


def test_test_maps_that_the_checkpoint_knows_are_told(
    small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {"add_mapper_token": True, "train_dataset_end": 2}
    base = train(options(small_set, tmp_path / "base", optim={"total_steps": 1}, data=data)).checkpoint
    for start, said in ((1, "1 of 2 test maps are in the checkpoint's tables"), (2, "")):
        chosen = {**data, "test_dataset_start": start, "test_dataset_end": start + 2}
        run = options(small_set, tmp_path / f"run{start}", pretrained_path=str(base), data=chosen)
        capsys.readouterr()
        train(run)
        told = capsys.readouterr().out
        assert said in told and ("test maps are" in told) == bool(said)
