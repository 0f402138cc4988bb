import pytest

from keras_transfer.callbacks import GradualUnfreeze
from tests.callbacks.unfreeze_case import GROUPS, Watch, fit, make_model, unfreeze


class TestYaml:
    def test_written_then_read(self, tmp_path):
        path = tmp_path / "unfreeze.yaml"
        text = unfreeze(freeze_batch_norm=False).to_yaml(path, make_model())
        assert path.read_text() == text
        assert "- from_epoch: 1\n  rate: 0.384615\n  layers: [encoder/stage2_dense, encoder/stage2_norm]\n" in text
        again = GradualUnfreeze.from_yaml(path, verbose=0)
        watch, expected = Watch(), Watch()
        fit(make_model(), again, watch)
        fit(make_model(), unfreeze(freeze_batch_norm=False), expected)
        assert watch.epochs == expected.epochs

    def test_models_stand_for_all_in_them(self):
        assert "layers: [encoder]" in GradualUnfreeze(["head", "*"], at=[1]).to_yaml(model=make_model())

    def test_steps_and_plateaus(self, tmp_path):
        path = tmp_path / "unfreeze.yaml"
        GradualUnfreeze(GROUPS, at_steps=[5, 9], rate_decay=None).to_yaml(path, make_model())
        steps = GradualUnfreeze.from_yaml(path)
        assert steps.at_steps == [5, 9] and steps.rate_decay is None and steps.rates is None
        GradualUnfreeze(GROUPS, monitor="val_auc", patience=4, min_delta=0.5, rates=[1, 1, 0.1]).to_yaml(
            path, make_model()
        )
        plateau = GradualUnfreeze.from_yaml(path)
        assert (plateau.plateau.monitor, plateau.plateau.patience, plateau.plateau.min_delta) == ("val_auc", 4, 0.5)
        assert plateau.rates == [1, 1, 0.1]

    def test_by_hand(self, tmp_path):
        path = tmp_path / "unfreeze.yaml"
        path.write_text("groups:\n- layers: head\n- layers: [stage2*]\n  from_epoch: 1\n- layers: '*'\n")
        callback = GradualUnfreeze.from_yaml(path)
        assert callback.groups == [["head"], ["stage2*"], ["*"]] and callback.at == [1] and callback.rate_decay == 2.6

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("monitor: loss", "`groups` must be a list"),
            ("groups: [{layer: head}]", "group 0 must have `layers`"),
            ("groups: [{layers: head, when: 2}]", r"group 0: unknown keys \['when'\]"),
            ("group: 1\ngroups: [{layers: head}]", r"unknown keys \['group'\]"),
            ("groups: [{layers: head, rate: 1}, {layers: '*'}]", "Missing in group 1"),
            ("groups: [{layers: a}, {layers: b}, {layers: c, from_epoch: 1}]", "group 1 has no `from_epoch`"),
            ("groups: [{layers: a}, {layers: b, from_epoch: 1}, {layers: c, from_step: 1}]", "use one of"),
            ("monitor: loss\ngroups: [{layers: a}, {layers: b, from_step: 1}]", "use one of"),
        ],
    )
    def test_mistakes(self, tmp_path, text, message):
        path = tmp_path / "unfreeze.yaml"
        path.write_text(text)
        with pytest.raises(ValueError, match=f"unfreeze.yaml: .*{message}|unfreeze.yaml: {message}"):
            GradualUnfreeze.from_yaml(path)
